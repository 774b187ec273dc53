/**
 * Run by npm before `start`, `test` and the like: makes a fresh clone work with one command. It
 * runs `npm ci` if what is installed is not what package-lock.json says, and never anything else.
 * Nothing is written to stdout, whose last line belongs to the command that follows.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const LOWEST_NODE = [20, 18];
const PROGRESS_MS = 10_000;
const root = fileURLToPath(new URL('..', import.meta.url));

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < LOWEST_NODE[0] || (major === LOWEST_NODE[0] && minor < LOWEST_NODE[1])) {
  fail(`Parity needs Node ${LOWEST_NODE.join('.')} or newer; this is ${process.versions.node}.`);
}
if (!isInstalled()) {
  const { withLock } = await import('./lock.mjs');
  const name = createHash('sha256').update(root).digest('hex').slice(0, 16);
  await withLock(
    join(tmpdir(), `parity-install-${name}.lock`),
    () => say('Waiting for another installation in this checkout ...'),
    async () => {
      if (!isInstalled()) await install();
    },
  );
}

/**
 * Compares the lock file with the one that npm keeps inside node_modules, by content: times say
 * little after a checkout, and a needless `npm ci` would pull the modules away under others.
 */
function isInstalled() {
  const wanted = packagesOf(join(root, 'package-lock.json'));
  if (wanted === undefined) fail('package-lock.json is missing or unreadable.');
  const present = packagesOf(join(root, 'node_modules', '.package-lock.json'));
  if (present === undefined) return false;
  const withoutDev =
    process.env.NODE_ENV === 'production' || /\bdev\b/.test(process.env.npm_config_omit ?? '');
  return Object.entries(wanted).every(([path, { version, optional, dev, devOptional, peer }]) => {
    if (path === '') return true;
    if (present[path] !== undefined) return present[path].version === version;
    // Binaries of other platforms are listed and not installed.
    return optional || devOptional || peer || (dev && withoutDev);
  });
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch (error) {
    if (error.code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function install() {
  const startedAt = Date.now();
  const seconds = () => Math.round((Date.now() - startedAt) / 1000);
  say('Installing dependencies (npm ci) ...');
  const progress = setInterval(() => say(`  still installing, ${seconds()} s`), PROGRESS_MS);
  const { code, output } = await run();
  clearInterval(progress);
  if (code !== 0) fail(`npm ci failed:\n${output.trimEnd()}`);
  say(`Installed in ${seconds()} s.`);
}

function run() {
  // The npm that runs this script, if it is one, else the one on the PATH.
  const self = process.env.npm_execpath ?? '';
  const bySelf = basename(self).startsWith('npm') && /\.c?js$/.test(self);
  const [command, before] = bySelf ? [process.execPath, [self]] : ['npm', []];
  return new Promise((resolve) => {
    const child = spawn(command, [...before, 'ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: !bySelf && process.platform === 'win32',
    });
    let output = '';
    const collect = (chunk) => {
      output = (output + chunk).slice(-10_000);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', (error) => resolve({ code: 1, output: error.message }));
    child.on('close', (code) => resolve({ code, output }));
  });
}

function say(line) {
  process.stderr.write(`${line}\n`);
}

function fail(message) {
  say(message);
  process.exit(1);
}
