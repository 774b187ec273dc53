import type { SimRequest } from '../http.ts';
import { childrenOf, readXml, textOf } from '../xml.ts';
import type { AdvertiserSpec } from './crawler.ts';
import { RuleBroken, type VrboSettings } from './settings.ts';

/** Where partners say that their documents have changed. */
export const HINT_PATH = '/contentChanged';
const ROOT = 'contentChangeNotification';

/** Whose documents changed, by a request that may be wrong in every way. How often an advertiser may say so is counted here. */
export class HintDesk {
  readonly #settings: () => VrboSettings;
  readonly #advertiser: (id: string) => AdvertiserSpec | undefined;
  readonly #toldAt = new Map<string, number>();

  constructor(
    settings: () => VrboSettings,
    advertiser: (id: string) => AdvertiserSpec | undefined,
  ) {
    this.#settings = settings;
    this.#advertiser = advertiser;
  }

  /** @param now ms @throws RuleBroken */
  take({ headers, body }: SimRequest, now: number): AdvertiserSpec {
    const read = readXml(body);
    const partner = read?.root === ROOT ? childrenOf(read.element, 'advertiser')[0] : undefined;
    const id = partner ? textOf(partner, 'assignedId') : undefined;
    if (id === undefined) throw new RuleBroken('hint_malformed', body.slice(0, 100));
    const advertiser = this.#advertiser(id);
    if (!advertiser) throw new RuleBroken('hint_unknown_advertiser', id);
    const login = Buffer.from(`${advertiser.user}:${advertiser.password}`).toString('base64');
    if (headers.authorization !== `Basic ${login}`) throw new RuleBroken('hint_login', id);
    const last = this.#toldAt.get(id);
    this.#toldAt.set(id, now);
    if (last !== undefined && now - last < this.#settings().hintGapMs)
      throw new RuleBroken('hint_too_often', `${id}: ${now - last} ms after the one before`);
    return advertiser;
  }
}
