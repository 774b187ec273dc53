import { expect } from 'vitest';
import type { ContentCodec } from '../../../connectors/content.ts';
import type { Outcome, PlannedRequest } from '../../../connectors/contract.ts';
import type { PlainDate } from '../../../schemas/domain/plain-date.ts';
import { addDays, dayIndex, monthOf } from '../../../schemas/domain/plain-date.ts';
import type { FieldName } from '../../../schemas/generated/types.ts';
import { cellKey, contentCell } from '../calendar/cell-name.ts';
import { lanesOf } from '../difference/diff.ts';
import { DeliveryHarness } from './harness.ts';
import type { Action, ModelCommand } from './model-actions.ts';
import { isPlain, scriptOf } from './model-actions.ts';
import type { ModelOptions } from './model-connector.ts';
import { CONTENT_PART, modelConnector } from './model-connector.ts';
import { ModelPms } from './model-pms.ts';

/** Offsets of the nights of a run: soon, beyond the shortest horizon, in the next month. */
const OFFSETS = [2, 11, 33] as const;
const FIELDS: readonly FieldName[] = ['availability', 'price', 'min_stay_arrival'];
const PART = contentCell(CONTENT_PART);

export type RunOptions = Required<
  Pick<ModelOptions, 'atomic' | 'concurrency' | 'perSecond' | 'horizon' | 'priceHorizon'>
> & {
  readonly most: number | null;
  /** The channel takes nothing before the content. */
  readonly content: boolean;
  readonly seed: number;
};

/** One random run against the model channel: performs actions and holds the invariants against what really happened. */
export class ModelRun {
  readonly #harness: DeliveryHarness;
  readonly #pms: ModelPms;
  readonly #options: RunOptions;
  readonly #nights: readonly PlainDate[];
  readonly #held = new Set<PlainDate>();
  /** Of these, what ends when so many closings have left: one that was under way at the time settles nothing. */
  readonly #accepted = new Map<PlainDate, number>();
  /** Nothing has changed at the channel behind our back, and no late request can. */
  #isPlain = true;

  private constructor(harness: DeliveryHarness, options: RunOptions) {
    this.#harness = harness;
    this.#options = options;
    this.#pms = new ModelPms(harness);
    this.#nights = OFFSETS.map((days) => harness.night(days));
    harness.channel.onRequest = (request) => this.#checkRequest(request);
  }

  static async start(options: RunOptions): Promise<ModelRun> {
    const { most, seed, content, ...rest } = options;
    const connector = modelConnector({
      ...rest,
      ...(most === null ? {} : { most }),
      ...(content ? { content: 'first' } : {}),
    });
    const careful = {
      ...connector,
      interpret: (...[request, response]: Parameters<typeof connector.interpret>) =>
        readable(connector.interpret(request, response)),
      ...(connector.content?.messages ? { content: carefulContent(connector.content) } : {}),
    };
    return new ModelRun(await DeliveryHarness.start(careful, { seed }), options);
  }

  async perform(action: Action): Promise<void> {
    await this.#do(action);
    await this.#harness.time.advance(5);
    // I9: nothing undone means that the channel really has it all.
    if (this.#harness.lowestUndone() === undefined) this.#checkParity();
    expect(this.#harness.log.failures).toEqual([]);
  }

  /** Input stops and the channel answers: everything comes to rest, and a new owner finds nothing to do. */
  async finish(): Promise<void> {
    const { channel, time } = this.#harness;
    channel.behave();
    await this.#pms.hear();
    await this.#harness.connect({ phase: 'active' });
    if (this.#options.content) await this.#harness.describe({ max_guests: 5 });
    await this.#rest();
    await time.advance(5);
    this.#checkParity();
    this.#checkWindow();
    const settled = channel.requests.length;
    await this.#harness.crash();
    await time.advance(1);
    expect(this.#harness.lowestUndone(), 'I9: undone at once after a restart').toBeUndefined();
    await time.advance(600_000);
    expect(channel.requests.slice(settled), 'I6: a restart sends').toEqual([]);
    this.#checkParity();
    expect(this.#harness.log.failures).toEqual([]);
  }

  async #rest(): Promise<void> {
    const { time } = this.#harness;
    for (let turn = 0; turn < 400; turn++) {
      await time.advance(10_000);
      if (this.#harness.lowestUndone() === undefined) return;
    }
    throw new Error('work is undone although the channel answers');
  }

  async #do(action: Action): Promise<void> {
    const harness = this.#harness;
    switch (action.kind) {
      case 'pms':
        return this.#pms.set(this.#night(action.night), action.change);
      case 'guestBooks':
        return this.#guestBooks(this.#night(action.night));
      case 'guestLeaves':
        return this.#guestLeaves(this.#night(action.night), action.reopens);
      case 'hear':
        return this.#pms.hear();
      case 'describe':
        return this.#options.content ? harness.describe({ max_guests: action.guests }) : undefined;
      case 'channel':
        this.#isPlain &&= action.moods.every(isPlain);
        return harness.channel.next(
          ...action.moods.map((mood) => scriptOf(mood, this.#options.atomic)),
        );
      case 'renewal':
        harness.channel.socketMs = action.ms;
        return;
      case 'drift':
        return this.#drift(this.#night(action.night), action.healing);
      case 'wait':
        return harness.time.advance(action.ms);
      case 'crash':
        return harness.crash();
      case 'stop':
        return harness.stop();
      case 'loseLease':
        await harness.loseLease();
        return harness.restart();
      case 'phase':
        return harness.connect({ phase: action.phase });
      case 'attach':
        this.#forgetAtChannel();
        return harness.connect({ incarnation: harness.connection.incarnation + 1 });
      case 'command':
        return this.#command(action.command, this.#night(action.night));
    }
  }

  #night(index: number): PlainDate {
    return this.#nights[index] ?? this.#harness.today;
  }

  #guestBooks(night: PlainDate): void {
    if (this.#harness.availability(night) !== 1) return;
    this.#setAtChannel(night, 0);
    this.#pms.ownBooking(night, this.#harness.now);
  }

  #guestLeaves(night: PlainDate, reopens: boolean): void {
    if (!this.#pms.isBookedAtChannel(night)) return;
    if (reopens) this.#setAtChannel(night, 1);
    this.#pms.ownBooking(night, null);
  }

  /** Somebody changes a price at the channel; it is found out at once. A read-back tells only of settled fields. */
  async #drift(night: PlainDate, healing: 'fullSync' | 'recheck'): Promise<void> {
    const isSettled = this.#harness.acknowledged(nameOf(night, 'price'))?.state === 'known';
    if (this.#shown(night, 'price') === undefined || (healing === 'recheck' && !isSettled)) return;
    this.#harness.channel.calendar.set(`${night} price standard`, 999);
    this.#isPlain = false;
    await this.#command(healing === 'fullSync' ? 'fullSync' : 'recheckFinding', night);
  }

  /** A listing that is attached again begins with rules and prices of its own; what is booked stays. */
  #forgetAtChannel(): void {
    this.#isPlain = false;
    for (const night of this.#nights)
      for (const field of ['price standard', 'min_stay_arrival standard'])
        if (this.#harness.channel.calendar.has(`${night} ${field}`))
          this.#harness.channel.calendar.set(`${night} ${field}`, 999);
    if (this.#harness.shown(PART) !== undefined)
      this.#harness.channel.calendar.set(cellKey(PART), 999);
  }

  #setAtChannel(night: PlainDate, value: number): void {
    this.#harness.channel.calendar.set(`${night} availability`, value);
  }

  async #command(command: ModelCommand, night: PlainDate): Promise<void> {
    const nights = { start: night, end: addDays(night, 1) };
    const harness = this.#harness;
    switch (command) {
      case 'fullSync':
        return harness.command({ 'parity.events.FullSync': {} });
      case 'hold':
        await harness.command({ 'parity.events.Hold': { nights, code: 'HELD' } });
        this.#held.add(night);
        this.#accepted.delete(night);
        return;
      case 'override':
        this.#held.delete(night);
        return harness.command({ 'parity.events.Override': { nights, once_closed: false } });
      case 'accept':
        if (this.#held.has(night)) this.#accepted.set(night, this.#isUnderWay(night) ? 2 : 1);
        await harness.command({ 'parity.events.Override': { nights, once_closed: true } });
        return;
      case 'requeue':
        return harness.command({ 'parity.events.Requeue': { cells: [] } });
      case 'recheck':
        return harness.command({
          'parity.events.Recheck': { cells: [], version: null, content: false },
        });
      case 'recheckFinding': {
        const version = harness.acknowledgedVersion(night);
        return harness.command({ 'parity.events.Recheck': { cells: [], version, content: false } });
      }
    }
  }

  #isUnderWay(night: PlainDate): boolean {
    return this.#harness.acknowledged(nameOf(night, 'availability'))?.state === 'in_flight';
  }

  #closingLeaves(night: PlainDate): void {
    const left = (this.#accepted.get(night) ?? Number.POSITIVE_INFINITY) - 1;
    if (left > 0) {
      if (Number.isFinite(left)) this.#accepted.set(night, left);
      return;
    }
    this.#accepted.delete(night);
    this.#held.delete(night);
  }

  #checkRequest(request: PlannedRequest): void {
    const { connection } = this.#harness;
    const isTold = request.endpoint === 'content' || this.#harness.shown(PART) !== undefined;
    if (this.#options.content) expect(isTold, 'something leaves before the content').toBe(true);
    for (const { night, field, value } of request.changes)
      if (field === 'availability' && value === 0) this.#closingLeaves(night);
    const columns = new Map(
      request.changes.map((change) => [`${change.night} ${change.field}`, change]),
    );
    for (const { night, field, value } of request.changes) {
      if (field !== 'availability' || value === 0) continue;
      // I2, I10
      expect(this.#desired(night, 'availability'), `I2: opens ${night}`).toBe(value);
      expect(lanesOf(connection.phase), `opens while ${connection.phase}`).toContain('opening');
      expect(this.#held.has(night), `I2: opens the held night ${night}`).toBe(false);
      if (this.#desired(night, 'price') === null) continue;
      const price = columns.get(`${night} price`)?.value ?? this.#shown(night, 'price');
      if (this.#isPlain)
        expect(price, `opens ${night} at another price`).toBe(this.#desired(night, 'price'));
      else expect(price, `I10: opens ${night} without a price`).toBeDefined();
    }
  }

  /** I1 for every field that counts now. */
  #checkParity(): void {
    if (this.#options.content) this.#checkContent();
    for (const night of this.#nights) for (const field of FIELDS) this.#checkCell(night, field);
  }

  #checkContent(): void {
    const wanted = this.#wantedGuests();
    const cell = this.#harness.acknowledged(PART);
    const isRefused = cell?.state === 'rejected' && cell.value === wanted;
    const isLetOut = lanesOf(this.#harness.connection.phase).includes('content');
    if (wanted !== null && isLetOut && !isRefused)
      expect(this.#harness.shown(PART), 'I1: content').toBe(wanted);
  }

  /** The channel has the content that is wanted, so that nothing waits for it. */
  get #isDescribed(): boolean {
    if (!this.#options.content) return true;
    const cell = this.#harness.acknowledged(PART);
    return cell?.state === 'known' && cell.value === this.#wantedGuests();
  }

  #wantedGuests(): number | null {
    const { connection, log } = this.#harness;
    const page = log.get('channel.desired', `${connection.connection_id}/about`);
    if (!page?.content || page.incarnation !== connection.incarnation) return null;
    return page.content.property.max_guests;
  }

  #checkCell(night: PlainDate, field: FieldName): void {
    const desired = this.#desired(night, field);
    if (!this.#isDescribed) return;
    if (desired === null || !this.#isSold(night, field) || this.#pms.hasUnheard(night)) return;
    const allowed = lanesOf(this.#harness.connection.phase);
    const shown = this.#shown(night, field);
    const what = `I1: ${field} of ${night}`;
    if (field === 'availability') {
      if (allowed.length === 0 || this.#held.has(night)) return;
      if (desired === 0) expect(shown ?? 0, what).toBe(0);
      else if (allowed.includes('opening') && this.#canOpen(night))
        expect(shown, what).toBe(desired);
    } else if (allowed.includes('price') && !this.#isRejected(night, field))
      expect(shown, what).toBe(desired);
  }

  #canOpen(night: PlainDate): boolean {
    return (
      !this.#isRejected(night, 'availability') &&
      !this.#isRejected(night, 'price') &&
      this.#isSold(night, 'price')
    );
  }

  #isSold(night: PlainDate, field: FieldName): boolean {
    const { horizon, priceHorizon } = this.#options;
    const { today } = this.#harness;
    return night >= today && night < addDays(today, field === 'price' ? priceHorizon : horizon);
  }

  #isRejected(night: PlainDate, field: FieldName): boolean {
    const cell = this.#harness.acknowledged(nameOf(night, field));
    return cell?.state === 'rejected' && cell.value === this.#desired(night, field);
  }

  #desired(night: PlainDate, field: FieldName): number | null {
    const { connection, log } = this.#harness;
    const page = log.get('channel.desired', `${connection.connection_id}/${monthOf(night)}`);
    if (!page || page.incarnation !== connection.incarnation) return null;
    const column = page.columns.find((one) => one.field === field);
    return column?.values[dayIndex(night)] ?? null;
  }

  #shown(night: PlainDate, field: FieldName): number | undefined {
    return this.#harness.shown(nameOf(night, field));
  }

  /** I4: at the channel, whatever crashed in between. */
  #checkWindow(): void {
    const { sentAt } = this.#harness.channel;
    const { perSecond } = this.#options;
    for (let index = perSecond; index < sentAt.length; index++) {
      const gap = (sentAt[index] ?? 0) - (sentAt[index - perSecond] ?? 0);
      expect(gap, 'I4: requests in one window').toBeGreaterThanOrEqual(1_000);
    }
    expect(sentAt.length, 'requests of the whole run').toBeLessThan(2_000);
  }
}

function nameOf(night: PlainDate, field: FieldName) {
  return { night, field, ratePlanId: field === 'availability' ? null : 'standard' };
}

/** A connector throws where it cannot read. */
function readable(outcome: Outcome): Outcome {
  if (typeof outcome === 'string') throw new TypeError('unreadable');
  return outcome;
}

function carefulContent(codec: ContentCodec): ContentCodec {
  const { messages } = codec;
  if (!messages) return codec;
  return {
    ...codec,
    messages: { ...messages, interpret: (response) => readable(messages.interpret(response)) },
  };
}
