import { describe, expect, it } from 'vitest';
import type { ChannelTransport } from '../../connectors/transport/port.ts';
import { type Decorators, type Invariant, simulate } from '../../simulation/index.ts';

/** Defects that no fault brings about; each is seen by the invariant that it breaks. */
const DEFECTS: readonly {
  readonly name: string;
  readonly breaks: Invariant;
  readonly decorators: () => Decorators;
}[] = [
  {
    name: 'offsets are committed a little too far',
    breaks: 'I9',
    decorators: () => ({
      log: (inner) => ({
        ...portOf(inner),
        join: async (options, handler) => {
          const member = await inner.join(options, handler);
          const ahead = member.commit.bind(member);
          return Object.assign(member, {
            commit: (offsets: Parameters<typeof ahead>[0]) =>
              ahead(offsets.map((one) => ({ ...one, offset: one.offset + 1 }))),
          });
        },
      }),
    }),
  },
  {
    name: 'requests are signed by whoever comes first',
    breaks: 'I8',
    decorators: () => {
      const first = new Map<string, string>();
      return {
        transport: (inner) =>
          sending(inner, (channel, request, options) => {
            const { credentialId } = options;
            if (credentialId !== null && !first.has(channel)) first.set(channel, credentialId);
            const signer = credentialId === null ? null : (first.get(channel) ?? null);
            return inner.send(channel, request, { ...options, credentialId: signer });
          }),
      };
    },
  },
  {
    name: 'every write leaves eleven times',
    breaks: 'I4',
    decorators: () => ({
      transport: (inner) =>
        sending(inner, async (channel, request, options) => {
          const times = request.method === 'GET' || options.credentialId === null ? 1 : 11;
          const all = Array.from({ length: times }, () => inner.send(channel, request, options));
          const [answer] = await Promise.all(all);
          return answer ?? inner.send(channel, request, options);
        }),
    }),
  },
  {
    name: 'closings count as taken without having left',
    breaks: 'I1',
    decorators: () => ({
      transport: (inner) =>
        sending(inner, (channel, request, options) =>
          /"unavailable"|<closed>1</.test(request.body ?? '')
            ? Promise.resolve({ kind: 'response', response: taken(request.body), durationMs: 1 })
            : inner.send(channel, request, options),
        ),
    }),
  },
];

function taken(body: string | null) {
  return { status: 200, headers: {}, body: body?.startsWith('{') ? '{}' : '<ok/>' };
}

function portOf(inner: Parameters<NonNullable<Decorators['log']>>[0]) {
  return {
    produce: inner.produce.bind(inner),
    join: inner.join.bind(inner),
    readToEnd: inner.readToEnd.bind(inner),
    tail: inner.tail.bind(inner),
    close: inner.close.bind(inner),
    admin: inner.admin,
  };
}

function sending(inner: ChannelTransport, send: ChannelTransport['send']): ChannelTransport {
  return { send, close: () => inner.close() };
}

describe('the invariants of the simulation', () => {
  for (const { name, breaks, decorators } of DEFECTS) {
    it(`${breaks} is seen to break when ${name}`, async () => {
      const report = await simulate({ seeds: 3, from: 1, decorate: decorators(), failFast: true });
      const broken = report.failed.flatMap(({ violations }) =>
        violations.map(({ invariant }) => invariant),
      );
      expect(broken).toContain(breaks);
    }, 120_000);
  }
});
