// The worker's HTTP API. A failure is an ApiError with a sentence that can be shown.

export class ApiError extends Error {
  constructor(sentence, status) {
    super(sentence);
    this.status = status;
  }
}

async function ask(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { credentials: 'same-origin', cache: 'no-store', signal: AbortSignal.timeout(12000), ...options });
  } catch {
    throw new ApiError('The worker does not answer.', 0);
  }
  const body = await response.json().catch(() => null);
  if (!response.ok) throw new ApiError(body?.error ?? `The worker answered ${response.status}.`, response.status);
  return body;
}

export const get = (path) => ask(`/api/v1/${path}`);

/** Sets the local hold: `None`, `Paused` or `CloseAll`. Answers once it is durable. */
export const hold = (level) => ask('/api/v1/control', {
  method: 'PUT',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ hold: level }),
});
