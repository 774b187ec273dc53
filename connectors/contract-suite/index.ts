import { describe } from 'vitest';
import { describeAnswers } from './answers.ts';
import { describeIdentity, describeTokens } from './authentication.ts';
import { describeInbound, describeNoInbound } from './inbound.ts';
import { describeNoReadBack, describeReadBack } from './read-back.ts';
import type { ContractOptions } from './subject.ts';
import { describeRefusals, describeWrites } from './writes.ts';

export type { Subject } from './subject.ts';

/** What every connector must do against the simulator of its platform. */
export function describeConnectorContract(name: string, options: ContractOptions): void {
  describe(`${name}: connector contract`, () => {
    describeWrites(options);
    describeRefusals(options);
    describeAnswers(options);
    const { connector, authenticator } = options.start();
    if (authenticator.kind === 'identity') describeIdentity(options);
    else describeTokens(options);
    if (connector.manifest.readBackFields.length > 0) describeReadBack(options);
    else describeNoReadBack(options);
    if (connector.inbound.feeds.length > 0) describeInbound(options);
    else describeNoInbound(options);
  });
}
