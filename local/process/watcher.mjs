/**
 * Owns every process of a local stack. It is started detached by the process that wants the stack
 * and is its only spawner, so there is no moment in which a child exists that nobody would end:
 * when the IPC channel to that parent closes, for whatever reason, kill -9 included, this process
 * ends all children, removes the temporary data directory and exits.
 *
 * Plain JavaScript on purpose: it must start in milliseconds and need nothing but Node.
 *
 * argv: [2] the data directory to remove at the end, or an empty string to keep the data.
 * Messages in:  {type:'spawn', id, command, args, cwd, env, uid, gid, log, stopSignal}
 *               {type:'signal', id, signal} · {type:'stop'}
 * Messages out: {type:'spawned', id, pid} · {type:'exit', id, code, signal} · {type:'failed', id, message}
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 20;
/** Kept data deserves an orderly end; data that is thrown away does not. */
const GRACE_KEPT_MS = 10_000;
const GRACE_THROWN_AWAY_MS = 2_000;

const dataDirToRemove = process.argv[2] ?? '';
const throwAway = dataDirToRemove !== '';
/** @type {Map<string, {process: import('node:child_process').ChildProcess, stopSignal: string}>} */
const children = new Map();
let ending = false;

function send(message) {
  // A message that can no longer be delivered is of no use to anybody: the parent is gone.
  if (process.connected) process.send(message, () => undefined);
}

function start(message) {
  if (ending) {
    send({ type: 'failed', id: message.id, message: 'the stack is being stopped' });
    return;
  }
  let log;
  try {
    log = openSync(message.log, 'a');
    const child = spawn(message.command, message.args, {
      cwd: message.cwd,
      env: message.env,
      stdio: ['ignore', log, log],
      // A group of its own: a signal to it reaches what the child spawns as well.
      detached: true,
      ...(message.uid === undefined ? {} : { uid: message.uid, gid: message.gid }),
    });
    child.on('error', (error) => {
      children.delete(message.id);
      send({ type: 'failed', id: message.id, message: error.message });
    });
    child.on('exit', (code, signal) => {
      children.delete(message.id);
      send({ type: 'exit', id: message.id, code, signal });
    });
    if (child.pid !== undefined) {
      children.set(message.id, { process: child, stopSignal: message.stopSignal });
      send({ type: 'spawned', id: message.id, pid: child.pid });
    }
  } catch (error) {
    send({ type: 'failed', id: message.id, message: error.message });
  } finally {
    if (log !== undefined) closeSync(log);
  }
}

function signalGroup(child, signal) {
  try {
    process.kill(-child.process.pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

async function waitForChildren(deadline) {
  while (children.size > 0 && Date.now() < deadline) await sleep(POLL_MS);
}

/**
 * Ends all children in the reverse order of their start (the registry before its database), then
 * itself. Each gets its own stop signal first; PostgreSQL frees its shared memory only that way.
 */
async function end() {
  if (ending) return;
  ending = true;
  for (const child of [...children.values()].reverse()) {
    signalGroup(child, child.stopSignal);
    if (!throwAway) {
      const deadline = Date.now() + GRACE_KEPT_MS;
      while (
        child.process.exitCode === null &&
        child.process.signalCode === null &&
        Date.now() < deadline
      ) {
        await sleep(POLL_MS);
      }
    }
  }
  await waitForChildren(Date.now() + GRACE_THROWN_AWAY_MS);
  for (const child of children.values()) signalGroup(child, 'SIGKILL');
  await waitForChildren(Date.now() + GRACE_THROWN_AWAY_MS);
  if (throwAway) rmSync(dataDirToRemove, { recursive: true, force: true, maxRetries: 5 });
  process.exit(0);
}

process.on('message', (message) => {
  if (message.type === 'spawn') start(message);
  else if (message.type === 'stop') end();
  else if (message.type === 'signal') {
    const child = children.get(message.id);
    if (child !== undefined) signalGroup(child, message.signal);
  }
});
process.on('disconnect', end);
process.on('SIGTERM', end);
process.on('SIGINT', end);
process.on('uncaughtException', end);
