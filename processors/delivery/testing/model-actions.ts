import fc from 'fast-check';
import type { Change, Outcome, PlannedRequest } from '../../../connectors/contract.ts';
import type { ConnectionPhase } from '../../../schemas/generated/types.ts';
import type { Behaviour, Script } from './model-channel.ts';

/** One step of a random run. `night` is an index into the nights of the run. */
export type Action =
  | {
      readonly kind: 'pms';
      readonly night: number;
      readonly change: {
        readonly covered?: boolean;
        readonly blocked?: boolean;
        readonly price?: number | null;
        readonly stay?: number;
      };
    }
  | { readonly kind: 'guestBooks'; readonly night: number }
  | { readonly kind: 'guestLeaves'; readonly night: number; readonly reopens: boolean }
  | { readonly kind: 'hear' }
  /** The PMS describes the property; counts where the channel takes content. */
  | { readonly kind: 'describe'; readonly guests: number }
  | { readonly kind: 'channel'; readonly moods: readonly Mood[] }
  | { readonly kind: 'renewal'; readonly ms: number }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'crash' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'loseLease' }
  | { readonly kind: 'phase'; readonly phase: ConnectionPhase }
  | { readonly kind: 'attach' }
  | { readonly kind: 'command'; readonly command: ModelCommand; readonly night: number }
  | { readonly kind: 'drift'; readonly night: number; readonly healing: 'fullSync' | 'recheck' };

export type ModelCommand =
  | 'fullSync'
  | 'hold'
  | 'override'
  | 'accept'
  | 'requeue'
  | 'recheck'
  | 'recheckFinding';

const MOODS = [
  'applies',
  'appliesSlowly',
  'refusesFirst',
  'refusesLast',
  'refusesSilently',
  'refusesInPart',
  'refusesInDoubt',
  'refusesSlowly',
  'silentLost',
  'silentSoon',
  'silentLate',
  'silentLatest',
  'unreachable',
  'busy',
  'busyLong',
  'busySlowly',
  'brokenApplied',
  'brokenLost',
  'unauthorized',
  'tokenGone',
  'unlinked',
  'garbled',
] as const;
/** What the channel does with one request. */
export type Mood = (typeof MOODS)[number];

/** The channel does at once what its answer says, or nothing. */
export function isPlain(mood: Mood): boolean {
  return !/^(silent|broken|garbled|refusesInDoubt)/.test(mood);
}

/** Most of what happens is about one night, so that it meets. */
const NIGHTS = fc.constantFrom(0, 0, 0, 0, 1, 2);

/** What the PMS says most is a block or its end. */
const pmsChange = fc.oneof(
  { weight: 4, arbitrary: fc.record({ covered: fc.constant(true), blocked: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ covered: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      covered: fc.constant(true),
      price: fc.constantFrom(100, 200, 100, 200, null),
    }),
  },
  { weight: 2, arbitrary: fc.record({ stay: fc.constantFrom(0, 2) }) },
);

export const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('pms' as const), night: NIGHTS, change: pmsChange }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('guestBooks' as const), night: NIGHTS }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('guestLeaves' as const),
      night: NIGHTS,
      reopens: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('hear' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('describe' as const),
      guests: fc.constantFrom(2, 2, 3, 4),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('renewal' as const),
      ms: fc.constantFrom(0, 0, 30, 3_000),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('drift' as const),
      night: NIGHTS,
      healing: fc.constantFrom('fullSync' as const, 'recheck' as const),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('channel' as const),
      moods: fc.array(fc.constantFrom(...MOODS), { minLength: 1, maxLength: 6 }),
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      ms: fc.constantFrom(1, 5, 50, 250, 500, 1_000, 5_000, 21_000, 45_000, 61_000, 43_200_000),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('crash' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('stop' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('loseLease' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('phase' as const),
      phase: fc.constantFrom<ConnectionPhase>(
        'active',
        'active',
        'paused',
        'preview',
        'error',
        'expired',
        'disconnected',
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('attach' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('command' as const),
      command: fc.constantFrom<ModelCommand>(
        'fullSync',
        'hold',
        'override',
        'accept',
        'requeue',
        'recheck',
        'recheckFinding',
      ),
      night: NIGHTS,
    }),
  },
);

const CODE = 'CHANNEL_VALUE_REFUSED';
const IN_DOUBT: Outcome = {
  kind: 'refused',
  refused: [],
  code: CODE,
  message: 'some',
  partlyApplied: true,
};

function says(outcome: Outcome, apply?: (change: Change) => boolean): Behaviour {
  return { kind: 'answer', outcome, ...(apply ? { apply } : {}) };
}

function slowly(behaviour: Behaviour): Behaviour {
  return behaviour.kind === 'answer' ? { ...behaviour, afterMs: 4_000 } : behaviour;
}

function refuses(...culprits: readonly (Change | undefined)[]): Behaviour {
  const refused = culprits
    .filter((change) => change !== undefined)
    .map((change) => ({ change, code: CODE, advice: 'no' }) as const);
  return says({ kind: 'refused', refused, code: CODE, message: 'no' });
}

/** The behaviour of a mood. A channel that takes requests as a whole never takes them in part. */
export function scriptOf(mood: Mood, atomic: boolean): Script {
  return (request: PlannedRequest): Behaviour => {
    const { changes } = request;
    const last = changes.at(-1);
    switch (mood) {
      case 'applies':
        return says({ kind: 'applied' });
      case 'appliesSlowly':
        return slowly(says({ kind: 'applied' }));
      case 'refusesFirst':
        return refuses(changes[0]);
      case 'refusesLast':
        return refuses(last);
      case 'refusesSilently':
        return refuses();
      case 'refusesInPart':
        return atomic || !last
          ? refuses(last)
          : says({ kind: 'partial', refused: [{ change: last, code: CODE, advice: 'no' }] });
      case 'refusesInDoubt':
        return atomic ? refuses() : slowly(says(IN_DOUBT, (one) => changes.indexOf(one) % 2 === 0));
      case 'refusesSlowly':
        return slowly(refuses(changes[0]));
      case 'silentLost':
        return { kind: 'silence', lands: null };
      case 'silentSoon':
        return { kind: 'silence', lands: 1_000 };
      case 'silentLate':
        return { kind: 'silence', lands: 30_000 };
      case 'silentLatest':
        return { kind: 'silence', lands: 59_000 };
      case 'unreachable':
        return { kind: 'unreachable' };
      case 'busy':
        return says({ kind: 'rate_limited', retryAfterMs: null });
      case 'busyLong':
        return says({ kind: 'rate_limited', retryAfterMs: 30_000 });
      case 'busySlowly':
        return slowly(says({ kind: 'rate_limited', retryAfterMs: 500 }));
      case 'brokenApplied':
        return says({ kind: 'unknown', code: 'CHANNEL_UNAVAILABLE', message: '503' }, () => true);
      case 'brokenLost':
        return says({ kind: 'unknown', code: 'CHANNEL_UNAVAILABLE', message: '503' });
      case 'unauthorized':
        return says({ kind: 'unauthorized' });
      case 'tokenGone':
        return { kind: 'notSent', code: 'CREDENTIAL_EXPIRED' };
      case 'unlinked':
        return says({ kind: 'connection_fault', code: 'CHANNEL_FORBIDDEN', message: '403' });
      case 'garbled':
        return says('garbled' as unknown as Outcome, () => true);
    }
  };
}
