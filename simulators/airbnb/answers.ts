import { jsonAnswer, type SimResponse } from '../http.ts';

/** Bodies of refusals as the platform writes them. `errorId` is 32 hex digits. */
export function unauthorized(): SimResponse {
  return jsonAnswer(401, {
    error_code: 401,
    error: 'authentication_required',
    error_message: 'Please login to continue.',
  });
}

export function noAccess(errorId: string): SimResponse {
  return jsonAnswer(403, {
    error_code: 403,
    error_type: 'no_access',
    error_message: 'You do not have permission to access this resource.',
    error_id: `api_frwrk_${errorId}`,
    error_class: 'ServiceRequestAuthorizationError',
    error_title: null,
  });
}

export function notFound(errorId: string): SimResponse {
  return jsonAnswer(404, {
    error_code: 404,
    error_type: 'record_not_found',
    error_message: 'Unfortunately, this is no longer available.',
    error_id: `api_frwrk_${errorId}`,
    error_class: 'RecordNotFoundError',
    error_title: null,
  });
}

export function badRequest(error: string): SimResponse {
  return jsonAnswer(400, { status: 400, error });
}

export interface ErrorDetail {
  readonly error_message: string;
  readonly error_reason: string;
}

/** Validation failed: nothing of the call was stored. */
export function validationFailed(details: readonly ErrorDetail[]): SimResponse {
  return jsonAnswer(400, {
    error_code: 400,
    error_type: 'validation_error',
    error_message: 'The request is not valid.',
    error_details: details,
  });
}

export function tooManyRequests(): SimResponse {
  return jsonAnswer(429, {
    error_code: 429,
    error: 'rate_limited',
    error_message: 'Too many requests.',
  });
}

export function concurrencyLimit(): SimResponse {
  return jsonAnswer(429, {
    error_code: 429,
    error_class: 'ConcurrencyLimitError',
    error_message: 'Another write of this listing is in progress.',
  });
}

/** The platform's own words for an injected status. */
export function failure(status: number, errorId: string): SimResponse {
  if (status === 401) return unauthorized();
  if (status === 403) return noAccess(errorId);
  if (status === 404) return notFound(errorId);
  if (status === 429) return tooManyRequests();
  if (status === 400) return badRequest('Bad request');
  return jsonAnswer(status, { error_code: status, error_message: 'Something went wrong.' });
}
