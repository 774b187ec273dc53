import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import type { StackAddresses } from '../local/stack.ts';

/** The addresses of the shared stack, with Kafka and registry certain to be there. */
export interface SharedStack extends StackAddresses {
  registryUrl: string;
}

let shared: Promise<SharedStack> | undefined;

/**
 * The one stack of this test run; the first suite that asks waits for its start. Suites share it
 * and keep apart by `uniquePrefix` for topics and groups and `createTestDatabase` for tables. A
 * suite that breaks brokers starts a stack of its own (`local/stack.ts`).
 */
export function sharedStack(): Promise<SharedStack> {
  shared ??= ask();
  return shared;
}

async function ask(): Promise<SharedStack> {
  const response = await fetch(inject('stackServer'));
  const text = await response.text();
  if (!response.ok) throw new Error(`The stack for the tests did not start: ${text}`);
  const { registryUrl, ...rest } = JSON.parse(text) as StackAddresses;
  if (registryUrl === null) {
    throw new Error(
      'These tests need Kafka: a Docker engine, or a JDK 17 or newer and Maven; the stack is "memory".',
    );
  }
  return { ...rest, registryUrl };
}

/** A prefix for topics, groups and subjects that no other suite and no other run has. */
export function uniquePrefix(name = 't'): string {
  return `${name}-${randomBytes(4).toString('hex')}-`;
}

export interface TestDatabase {
  /** postgres://…, as the owner of the cluster. */
  url: string;
  name: string;
  /** Ends its sessions and drops it. */
  drop(): Promise<void>;
}

/** A new empty database in the shared PostgreSQL. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { postgresUrl } = await sharedStack();
  const name = `test_${randomBytes(6).toString('hex')}`;
  await run(postgresUrl, `CREATE DATABASE ${name}`);
  const url = new URL(postgresUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    name,
    drop: () => run(postgresUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

async function run(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
