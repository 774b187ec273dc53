import { WARNINGS_PER_CODE } from './settings.ts';
import { type Notice, noticeElement } from './wire.ts';

/** At most 20 warnings of a code; the last says how many more there are. */
export function warningElements(warnings: readonly Notice[]): string[] {
  const byCode = new Map<number, Notice[]>();
  for (const warning of warnings) {
    const known = byCode.get(warning.code);
    if (known) known.push(warning);
    else byCode.set(warning.code, [warning]);
  }
  return [...byCode].flatMap(([code, all]) => {
    const left = all.length - WARNINGS_PER_CODE;
    return all.slice(0, WARNINGS_PER_CODE).map(({ text }, at) => {
      if (left <= 0) return noticeElement('Warning', code, text);
      const count = `Warning ${at + 1} out of ${all.length} for this cause. `;
      const rest =
        at + 1 === WARNINGS_PER_CODE ? `Remaining ${left} warnings will not be returned. ` : '';
      return noticeElement('Warning', code, count + rest + text);
    });
  });
}
