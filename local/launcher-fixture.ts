/** The program under `npm start` in launcher.test.ts: says when its launcher is gone, and ends. */
import { watchLauncher } from './launcher.ts';

const alive = setInterval(() => undefined, 1_000);
watchLauncher(() => {
  process.stdout.write('gone\n');
  clearInterval(alive);
});
process.stdout.write('ready\n');
