/** An answer before it is put on the wire. */
export interface Reply {
  status: number;
  type: string;
  body: string;
  headers?: Record<string, string>;
}

/** A JSON reply. */
export function json(status: number, value: unknown, headers: Record<string, string> = {}): Reply {
  return { status, type: 'application/json; charset=utf-8', body: JSON.stringify(value), headers };
}

/** A plain-text reply. */
export function text(status: number, body: string): Reply {
  return { status, type: 'text/plain; charset=utf-8', body };
}

/** A page with nothing but a title, as proxies send them. */
export function html(status: number, title: string): Reply {
  const body = `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>\n`;
  return { status, type: 'text/html; charset=utf-8', body };
}

/** The refusals that have one set wording. */
export const refusals = {
  keyMissing: json(401, { message: 'API key is required.' }),
  keyInvalid: text(401, 'Invalid API Key'),
  noPlan: json(403, { message: 'Your current plan does not include API access.' }),
  campaignMissing: json(404, { message: 'Campaign not found - Invalid campaign_id.' }),
  routeMissing: json(404, { message: 'Not Found' }),
  internal: json(500, { message: 'Internal Server Error' }),
};

/** A 400 as the validator words it. */
export function badRequest(message: string): Reply {
  return json(400, { statusCode: 400, error: 'Bad Request', message });
}

/** A 429; `limit` is for the headers, `waitMs` the time until a request may pass again, rounded up to seconds. */
export function tooManyRequests(limit: { requests: number; windowMs: number }, waitMs: number, now: number): Reply {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  const allowance = `${limit.requests} requests in ${span(limit.windowMs)} limit`;
  const message = `Account rate limit exceeded. You have exceeded the ${allowance}.`;
  return json(
    429,
    { error: { code: 'RATE_LIMIT_EXCEEDED', message, retry_after: seconds } },
    {
      'retry-after': String(seconds),
      'x-ratelimit-limit': String(limit.requests),
      'x-ratelimit-remaining': '0',
      // a Unix time in seconds, as Smartlead's guide describes it
      'x-ratelimit-reset': String(Math.ceil((now + waitMs) / 1000)),
    },
  );
}

function span(ms: number): string {
  return ms % 60_000 === 0 ? `${ms / 60_000} min` : `${ms / 1000} secs`;
}
