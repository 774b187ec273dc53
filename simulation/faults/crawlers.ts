import type { Crawler, Mood } from '../../simulators/vrbo/crawler.ts';
import { USUAL } from '../../simulators/vrbo/crawler.ts';
import type { Action, Scene } from '../workload/scene.ts';

const AWAY_MS = { shortest: 30_000, longest: 150_000 };
const SLOW_MS = { shortest: 500, longest: 9_000 };

function anyCrawler({ world }: Scene): Crawler {
  const crawlers = [...world.channels.values()].flatMap(({ crawler }) => crawler ?? []);
  return world.chance.pick(crawlers);
}

/** A crawler behaves otherwise for a while. */
function behaves(moodOf: (scene: Scene) => Partial<Mood>): Action {
  return (scene) => {
    const { world } = scene;
    const crawler = anyCrawler(scene);
    const mood = { ...USUAL, ...moodOf(scene) };
    crawler.mood = mood;
    const length = world.chance.between(AWAY_MS.shortest, AWAY_MS.longest);
    world.host.after(length, () => {
      if (crawler.mood === mood) crawler.mood = USUAL;
    });
  };
}

const staysAway = behaves(() => ({ away: true }));
const isSlow = behaves(({ world }) => ({
  slowMs: world.chance.between(SLOW_MS.shortest, SLOW_MS.longest),
}));
const hasWrongPassword = behaves(() => ({ password: 'not the password' }));

/** What it has fetched does not get into the platform; the next round fetches it again. */
const losesDocuments: Action = (scene) => {
  const crawler = anyCrawler(scene);
  crawler.mood = { ...crawler.mood, loseNext: scene.world.chance.integer(1, 5) };
};

/** Comes at once, in the middle of whatever is going on. */
const comesNow: Action = (scene) => {
  void anyCrawler(scene).crawl();
};

/** Answers to crawlers are lost on their way. */
const answersGetLost: Action = ({ world }) => {
  world.fetches.losing = world.chance.between(0.1, 0.5);
  world.host.after(world.chance.between(10_000, 60_000), () => {
    world.fetches.losing = 0;
  });
};

export function calmCrawlers({ world }: Scene): void {
  world.fetches.losing = 0;
  for (const { crawler } of world.channels.values()) if (crawler) crawler.mood = USUAL;
}

export const CRAWLER_FAULTS = {
  'fault.crawler.away': [1, staysAway],
  'fault.crawler.slow': [1, isSlow],
  'fault.crawler.wrong_password': [0.7, hasWrongPassword],
  'fault.crawler.loses_documents': [1, losesDocuments],
  'fault.crawler.comes_now': [1.5, comesNow],
  'fault.crawler.answers_lost': [1, answersGetLost],
} as const satisfies Record<string, readonly [number, Action]>;
