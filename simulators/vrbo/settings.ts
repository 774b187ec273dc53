export interface VrboSettings {
  /** Ms between two crawls of availability and rates. */
  readonly crawlIntervalMs: number;
  /** Ms between two crawls of listings and configurations. */
  readonly staticIntervalMs: number;
  /** The crawler gives up on an answer after this time, ms. */
  readonly patienceMs: number;
  /** Ms after a hint until the crawler comes for that advertiser. */
  readonly hintDelayMs: number;
  /** Shortest time between two hints of an advertiser, ms. */
  readonly hintGapMs: number;
}

export const VRBO_DEFAULTS: VrboSettings = {
  crawlIntervalMs: 30 * 60_000,
  staticIntervalMs: 24 * 3_600_000,
  patienceMs: 10_000,
  hintDelayMs: 2_000,
  hintGapMs: 30_000,
};

/** Days that a calendar may span. */
export const RANGE_DAYS_MAX = 1_096;
export const LONGEST_STAY = 90;
/** A state may be this far ahead of the platform's clock, ms: whole seconds round up, and clocks differ. */
export const STATE_AHEAD_MAX_MS = 300_000;

/** Kinds of documents with the elements of their indexes, in the order in which a crawl reads them. */
export const FEEDS = {
  listing: {
    root: 'advertiserListingContentIndex',
    entry: 'listingContentIndexEntry',
    url: 'listingUrl',
    isStatic: true,
  },
  configuration: {
    root: 'advertiserLodgingConfigurationContentIndex',
    entry: 'lodgingConfigurationContentIndexEntry',
    url: 'lodgingConfigurationContentUrl',
    isStatic: true,
  },
  rates: {
    root: 'advertiserLodgingRateContentIndex',
    entry: 'lodgingRateContentIndexEntry',
    url: 'lodgingRateContentUrl',
    isStatic: false,
  },
  availability: {
    root: 'advertiserUnitAvailabilityContentIndex',
    entry: 'unitAvailabilityContentIndexEntry',
    url: 'unitAvailabilityContentUrl',
    isStatic: false,
  },
} as const;
export type FeedName = keyof typeof FEEDS;
export const FEED_NAMES = Object.keys(FEEDS) as FeedName[];

/** What the served documents can do wrong. The counters of all of them are 0 in a green run. */
export const VRBO_RULES = [
  'amount_invalid',
  'availability_invalid',
  'changeover_invalid',
  'configuration_incomplete',
  'currency_invalid',
  'document_invalid',
  'document_missing',
  'document_outdated',
  'duplicate_entry',
  'hint_login',
  'hint_malformed',
  'hint_too_often',
  'hint_unknown_advertiser',
  'index_invalid',
  'index_unavailable',
  'list_length',
  'listing_incomplete',
  'login_refused',
  'malformed_xml',
  'media_type',
  'number_invalid',
  'range_invalid',
  'range_too_long',
  'state_in_future',
  'state_invalid',
  'state_went_back',
  'terms_invalid',
  'units_contradict',
  'unknown_path',
  'unknown_unit',
  'weekday_missing',
  'wrong_unit',
] as const;
export type VrboRule = (typeof VRBO_RULES)[number];

/** A broken rule. */
export class RuleBroken extends Error {
  readonly rule: VrboRule;
  constructor(rule: VrboRule, detail: string) {
    super(detail);
    this.name = 'RuleBroken';
    this.rule = rule;
  }
}
