/**
 * The wake-up channel: server-sent events that say only "there is something". Read by fetch, because an EventSource
 * cannot send the token.
 */
import type { Http } from './http';
import { refusal } from './http';
import { Unreachable } from './ports';

/** Silence after which the connection counts as dead: three heartbeats. */
const SILENCE_MS = 45_000;

/** Call `rung` at each wake-up until the link breaks. Rejects with `Unreachable`, or `Refused`; ends by `signal`. */
export async function listen(http: Http, rung: () => void, open: () => void, signal: AbortSignal): Promise<never> {
  const dead = new AbortController();
  const stop = () => dead.abort();
  let timer = setTimeout(stop, SILENCE_MS);
  try {
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    const answer = await http.request('/v1/wake', { signal: dead.signal, headers: { Accept: 'text/event-stream' } });
    if (!answer.ok || !answer.body) throw await refusal(answer);
    open();
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let rest = ''; ; ) {
      const { done, value } = await reader.read();
      if (done) throw new Unreachable('the wake-up channel ended');
      clearTimeout(timer);
      timer = setTimeout(stop, SILENCE_MS);
      const lines = (rest + value).split('\n');
      rest = lines.pop() ?? '';
      if (lines.some((line) => line.trimEnd() === 'event: wake')) rung();
    }
  } catch (error) {
    if (error instanceof Error && ['Unreachable', 'Refused'].includes(error.name)) throw error;
    throw new Unreachable(error instanceof Error ? error.message : String(error));
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    stop();
  }
}
