import { parseArgs } from 'node:util';
import {
  type ServedPlatform,
  serveAirbnb,
  serveBookingCom,
  serveExpedia,
  serveGoogle,
} from './serve.ts';

const USAGE = `Simulated booking platforms.

  node --import tsx simulators/main.ts [--airbnb PORT] [--booking-com PORT] [--expedia PORT] [--google PORT] [--exit-with-parent]

Without a port all start on free ones. Prints one JSON line with the addresses; control API under /_control.
  --exit-with-parent  ends when standard input closes, so that nothing is left behind by a parent that was killed
`;

const { values } = parseArgs({
  options: {
    airbnb: { type: 'string' },
    'booking-com': { type: 'string' },
    expedia: { type: 'string' },
    google: { type: 'string' },
    'exit-with-parent': { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

if (values.help) {
  process.stdout.write(USAGE);
} else {
  const all = [values.airbnb, values['booking-com'], values.expedia, values.google].every(
    (port) => port === undefined,
  );
  const served: ServedPlatform[] = [];
  if (all || values.airbnb !== undefined)
    served.push(await serveAirbnb({}, { port: Number(values.airbnb ?? 0) }));
  if (all || values['booking-com'] !== undefined) {
    served.push(await serveBookingCom({}, { port: Number(values['booking-com'] ?? 0) }));
  }
  if (all || values.expedia !== undefined)
    served.push(await serveExpedia({}, { port: Number(values.expedia ?? 0) }));
  if (all || values.google !== undefined)
    served.push(await serveGoogle({}, { port: Number(values.google ?? 0) }));
  const stop = () => {
    void Promise.all(served.map((one) => one.close())).then(() => process.exit(0));
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  if (values['exit-with-parent']) process.stdin.resume().once('end', stop).once('error', stop);
  process.stdout.write(
    `${JSON.stringify(Object.fromEntries(served.map(({ platform, url }) => [platform.channel, url])))}\n`,
  );
}
