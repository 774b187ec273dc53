/**
 * A lock between processes of one machine: a file that names its holder. Node built-ins only, for
 * `install.mjs` runs before anything is installed.
 */
import { randomUUID } from 'node:crypto';
import {
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const RETRY_MS = 100;
const BEAT_MS = 2_000;
/** A holder that has not touched its file for so long is dead, or its process id means another. */
const STALE_MS = 30_000;

/**
 * Runs `work` while holding the lock, and lets go whatever its outcome.
 *
 * @template T
 * @param {string} file the lock file
 * @param {() => void} onWait called once if another process holds the lock
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(file, onWait, work) {
  mkdirSync(dirname(file), { recursive: true });
  let waiting = false;
  while (!tryLock(file)) {
    if (!waiting) onWait();
    waiting = true;
    await sleep(RETRY_MS);
  }
  const beat = setInterval(() => touch(file), BEAT_MS);
  beat.unref();
  try {
    return await work();
  } finally {
    clearInterval(beat);
    rmSync(file, { force: true });
  }
}

function tryLock(file) {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  if (isStale(file)) breakLock(file);
  return false;
}

function isStale(file) {
  try {
    if (Date.now() - statSync(file).mtimeMs > STALE_MS) return true;
    const pid = Number(readFileSync(file, 'utf8'));
    // An empty file: its holder is just about to write its id.
    if (pid === 0 || Number.isNaN(pid)) return false;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    // ENOENT: it was let go in between. EPERM: the holder lives and is another user's.
    return error.code === 'ESRCH';
  }
}

/** Renaming decides between two that break the same lock: one of them finds nothing to rename. */
function breakLock(file) {
  const aside = `${file}.${randomUUID()}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    return;
  }
  // Another may have broken the stale lock and taken it just before: then this one was alive.
  if (!isStale(aside)) restore(aside, file);
  rmSync(aside, { force: true });
}

function restore(aside, file) {
  try {
    linkSync(aside, file);
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
}

function touch(file) {
  const now = new Date();
  try {
    utimesSync(file, now, now);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
}
