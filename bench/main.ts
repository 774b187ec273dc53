import { measureThroughput } from './parts/throughput.ts';
import { openWorld } from './world.ts';

const say = (line: string) => process.stderr.write(`${line}\n`);
const world = await openWorld(say);
try {
  console.log(JSON.stringify(await measureThroughput(world, say), null, 1));
} finally {
  await world.close();
}
