import { jsonResponse, type HttpResponse } from '../runtime/service-host.ts';
import { errorBody, type ErrorCode, type ErrorFamily } from '../../protocol/errors.ts';

/** A refusal in the guide's words. */
export function refusal(code: ErrorCode, family?: ErrorFamily): HttpResponse {
  const { status, body } = errorBody(code, {}, family);
  return jsonResponse(status, body);
}
