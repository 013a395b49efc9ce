import { got, RequestError, TimeoutError } from 'got';
import { version } from '../version.js';

const TIMEOUT_MS = 10_000;
/** What a webhook answers is of no interest beyond its status. */
const MAX_BODY_BYTES = 64 * 1024;

/**
 * Posts a text to a webhook as Slack takes it: one request, no retries, no redirects, 10 s at most. Returns undefined when
 * it was taken, else what went wrong, without the URL: whoever knows it can post.
 */
export async function sendAlert(url: string, text: string): Promise<string | undefined> {
  try {
    const stream = got.stream(url, {
      method: 'POST',
      body: JSON.stringify({ text }),
      headers: { 'user-agent': `drason/${version()} (alerts)`, 'content-type': 'application/json' },
      retry: { limit: 0 },
      followRedirect: false,
      throwHttpErrors: false,
      timeout: { request: TIMEOUT_MS },
    });
    let size = 0;
    for await (const chunk of stream) {
      size += Buffer.from(chunk).length;
      if (size > MAX_BODY_BYTES) break;
    }
    const status = stream.response?.statusCode;
    if (status === undefined) return 'the connection was closed without an answer';
    return status >= 200 && status < 300 ? undefined : `the answer was ${status}`;
  } catch (error) {
    if (error instanceof TimeoutError) return `no answer within ${TIMEOUT_MS / 1000} s`;
    return error instanceof RequestError ? `the connection failed (${error.code})` : 'the connection failed';
  }
}
