import { describe, expect, it } from 'vitest';
import type { DesiredContent, PropertyUpdated } from '../../schemas/generated/types.ts';
import type { ContentMessages, ContentPart } from '../content.ts';
import type { ChannelRequest, Connector, Outcome } from '../contract.ts';
import { contextOf, fullSync } from '../testing/calendar.ts';
import { testContent } from '../testing/content.ts';
import { ConnectorHarness } from '../testing/harness.ts';
import type { Subject } from './subject.ts';

export interface ContentContract {
  /** A core that knows the property, and nothing of its content. */
  start(): Subject;
  /** Changes of the property that the platform has to be told of. */
  readonly told: readonly Partial<PropertyUpdated>[];
  /** Changes that it does not take. */
  readonly untold: readonly Partial<PropertyUpdated>[];
  /** What a property must not lack. */
  readonly lacks: Partial<PropertyUpdated>;
}

/** What every connector that tells content by requests must do against the simulator of its platform. */
export function describeContentContract(name: string, contract: ContentContract): void {
  describe(`${name}: content contract`, () => {
    it('names a message by what it says, and by nothing else', () => {
      const scene = begin(contract);
      const versions = (changes: Partial<PropertyUpdated>) =>
        scene.parts(changes).map(({ version }) => version);
      const whole = versions({});
      expect(whole.every((one) => Number.isSafeInteger(one) && one >= 0)).toBe(true);
      expect(versions({})).toEqual(whole);
      for (const changes of contract.told) expect(versions(changes)).not.toEqual(whole);
      for (const changes of contract.untold) expect(versions(changes)).toEqual(whole);
    });

    it('says what is missing, and of a described property nothing', () => {
      const scene = begin(contract);
      const missing = (changes: Partial<PropertyUpdated>) =>
        scene.parts(changes).flatMap((part) => part.missing);
      expect(missing({})).toEqual([]);
      expect(missing(contract.lacks)).not.toEqual([]);
    });

    it('is what the platform asks for before the calendar', async () => {
      const scene = begin(contract);
      const { subject } = scene;
      if (subject.connector.manifest.content === 'first')
        expect((await scene.firstNight()).kind).toBe('connection_fault');
      const faults = subject.violations();
      for (const part of scene.parts()) expect(await scene.tell(part)).toEqual({ kind: 'applied' });
      expect(await scene.firstNight()).toEqual({ kind: 'applied' });
      expect(subject.violations()).toEqual(faults);
    });

    it('may be told again, and again differently', async () => {
      const scene = begin(contract);
      for (const changes of [{}, {}, ...contract.told])
        for (const part of scene.parts(changes))
          expect(await scene.tell(part, changes)).toEqual({ kind: 'applied' });
      expect(scene.subject.violations()).toEqual({});
    });

    it('reads what an answer proves, and nothing into one that it cannot read', async () => {
      const scene = begin(contract);
      const [part] = scene.parts();
      if (!part) throw new Error('the platform takes no content');
      for (const kind of ['malformed_body', 'wrong_content_type'] as const) {
        scene.subject.fault({ kind });
        expect((await scene.tell(part)).kind).toBe('unknown');
      }
      scene.subject.fault({ kind: 'fail', status: 503 });
      expect((await scene.tell(part)).kind).toBe('unknown');
      scene.subject.fault({ kind: 'fail', status: 429, retryAfter: 7 });
      expect(await scene.tell(part)).toMatchObject({ kind: 'rate_limited', retryAfterMs: 7_000 });
      expect(await scene.tell(part)).toEqual({ kind: 'applied' });
    });

    it('has no secret in what it plans', () => {
      const scene = begin(contract);
      const { clientId, clientSecret, refreshToken } = scene.subject.secrets;
      const text = JSON.stringify(scene.parts().map((part) => scene.request(part)));
      for (const secret of [clientId, clientSecret, refreshToken])
        if (secret) expect(text).not.toContain(secret);
    });
  });
}

function begin(contract: ContentContract) {
  const subject = contract.start();
  const { connection, connector } = subject;
  const harness = new ConnectorHarness(subject);
  const codec = contentOf(connector);
  const plans = connection.rate_plans.map(({ rate_plan_id }) => rate_plan_id);
  const content = (changes: Partial<PropertyUpdated>): DesiredContent =>
    testContent(changes, plans);
  const request = (part: ContentPart, changes: Partial<PropertyUpdated> = {}): ChannelRequest =>
    codec.messages.plan(connection, content(changes), part.field, subject.platform.clock.now());
  return {
    subject,
    request,
    parts: (changes: Partial<PropertyUpdated> = {}) => codec.parts(connection, content(changes)),
    tell: async (part: ContentPart, changes: Partial<PropertyUpdated> = {}): Promise<Outcome> =>
      codec.messages.interpret(await harness.answer(request(part, changes))),
    /** Everything of one night. */
    firstNight: async (): Promise<Outcome> => {
      const changes = fullSync(connector.manifest, connection, subject.today, 1);
      const context = contextOf(subject.today, subject.currency, changes);
      let last: Outcome = { kind: 'applied' };
      for (const one of connector.plan(connection, changes, context).requests) {
        last = connector.interpret(one, await harness.answer(one));
        if (last.kind !== 'applied') break;
      }
      return last;
    },
  };
}

function contentOf({ content }: Connector) {
  const messages: ContentMessages | undefined = content?.messages;
  if (!content || !messages) throw new Error('the connector tells no content');
  return { parts: content.parts, messages };
}
