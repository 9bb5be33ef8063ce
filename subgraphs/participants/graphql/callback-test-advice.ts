import type { CallbackTestResult } from '../app/callback-test.ts';

/** One sentence for whoever runs the receiver: what was wrong, and what to do next. */
export const CALLBACK_TEST_ADVICE: Readonly<Record<CallbackTestResult['finding'], string>> = {
  AS_EXPECTED: 'Nothing to do.',
  NOT_SENT: 'It was not tried, because the callback that it repeats was not accepted: put that right first.',
  ADDRESS_REFUSED: 'The hub may not connect to this address: register a name that leads to public addresses only.',
  CONNECTION:
    'No answer came because the connection could not be made or was cut: check that the server listens there, its certificate and its firewall.',
  TIMEOUT: 'No answer came within 10 seconds: note the callback, answer at once, and do the work afterwards.',
  UNCLEAR:
    'The hub would take this for no answer and come again: answer 2xx to what you accept, without a redirect, and look for the error in your log.',
  NOT_BELIEVED:
    'A genuine callback was not believed: compare the keys of the hub, your clock, and the path and body as they reach your check behind proxies.',
  REFUSED: 'A genuine callback was refused: answer 2xx to the type callback-test at this address, and do nothing else with it.',
  REPEAT_REFUSED: 'The second time the same callback was refused: know it by its callback_guid, and answer as the first time.',
  REPEAT_ANSWERED_OTHERWISE:
    'The second time the answer was another one: keep it by callback_guid, and give the same status and body again.',
  LATE_ACCEPTED:
    'A callback of a quarter of an hour ago was believed: refuse a header token with 401 when its iat is more than 300 seconds off.',
  FORGED_ACCEPTED:
    'A callback that the hub did not sign was believed: verify both signatures with the key that the kid names in the key set of the hub, before anything else.',
  REFUSED_OTHERWISE:
    'It was refused, as it must be, but with another status: answer 401 to what is not believed, so that nobody takes it for your wish.',
};
