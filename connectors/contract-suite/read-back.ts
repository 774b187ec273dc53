import { expect, it } from 'vitest';
import { addDays } from '../../schemas/domain/plain-date.ts';
import type { Observation } from '../contract.ts';
import { cellName, fullSync, shownValue } from '../testing/calendar.ts';
import { ConnectorHarness } from '../testing/harness.ts';
import { deliver } from './sending.ts';
import type { ContractOptions } from './subject.ts';

export function describeReadBack(options: ContractOptions): void {
  it('reads back what it wrote', async () => {
    const subject = options.start();
    const harness = new ConnectorHarness(subject);
    const { connector, connection, today, currency } = subject;
    const changes = fullSync(connector.manifest, connection, today, 90);
    await deliver(harness, changes, currency);
    const observed: Observation[] = [];
    const step = connector.manifest.readBackNights ?? 90;
    for (let day = 0; day < 90; day += step) {
      const end = addDays(today, Math.min(90, day + step));
      const request = connector.readBack(connection, { start: addDays(today, day), end });
      observed.push(...connector.parseReadBack(connection, await harness.answer(request)));
    }
    const shown = new Map(observed.map((one) => [cellName(one), one.value]));
    const readable = changes.filter(({ field }) =>
      connector.manifest.readBackFields.includes(field),
    );
    expect(readable.length).toBeGreaterThan(0);
    for (const change of readable)
      expect([cellName(change), shown.get(cellName(change))]).toEqual([
        cellName(change),
        shownValue(change, connector.manifest),
      ]);
    expect(new Set(observed.map(({ field }) => field))).toEqual(
      new Set(connector.manifest.readBackFields),
    );
    expect(subject.violations()).toEqual({});
  });

  it('throws a coded error for an answer that is none', () => {
    const { connector, connection } = options.start();
    for (const body of [
      '',
      '<html></html>',
      '{}',
      '[]',
      '{"calendar":{"days":[{}]}}',
      '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    ]) {
      expect(() => connector.parseReadBack(connection, { status: 200, headers: {}, body })).toThrow(
        expect.objectContaining({ code: 'CHANNEL_RESPONSE_MALFORMED' }),
      );
    }
  });
}

export function describeNoReadBack(options: ContractOptions): void {
  it('says that nothing can be read back', () => {
    const { connector, connection, today } = options.start();
    const coded = expect.objectContaining({ code: 'CONNECTION_UNSUPPORTED' });
    const nights = { start: today, end: addDays(today, 1) };
    expect(() => connector.readBack(connection, nights)).toThrow(coded);
    const response = { status: 200, headers: {}, body: '' };
    expect(() => connector.parseReadBack(connection, response)).toThrow(coded);
  });
}
