import type { FetchDocument, SimulatorPorts } from './http.ts';
import type { PostMessage } from './webhooks.ts';

const WEBHOOK_TIMEOUT_MS = 10_000;
const FETCH_TIMEOUT_MS = 30_000;

/** Ports on the machine's clock. Timers do not keep the process alive. */
export function realPorts(): SimulatorPorts {
  return {
    clock: { now: () => Date.now() },
    timers: {
      after(delay, task) {
        const timer = setTimeout(task, delay);
        timer.unref();
        return { cancel: () => clearTimeout(timer) };
      },
    },
    random: () => Math.random(),
  };
}

/** Sends webhooks over the network. */
export const postOverNetwork: PostMessage = async (url, headers, body) => {
  const answer = await fetch(url, {
    method: 'POST',
    headers,
    body,
    signal: AbortSignal.timeout(WEBHOOK_TIMEOUT_MS),
  });
  await answer.arrayBuffer();
  return answer.status;
};

/** Fetches what a partner serves, over the network. */
export const fetchOverNetwork: FetchDocument = async (url, headers) => {
  const answer = await fetch(url, { headers, signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
  return {
    status: answer.status,
    headers: Object.fromEntries(answer.headers),
    body: await answer.text(),
  };
};
