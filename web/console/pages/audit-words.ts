import type { AuditAction } from '../generated/documents.ts';

/** What was done, as the console says it. */
export const ACTION_WORDS: Readonly<Record<AuditAction, string>> = {
  aliasCallbackResolve: 'Alias callback resolved',
  aliasCallbackRetry: 'Alias callback tried again',
  aliasLink: 'Alias linked',
  aliasUnlink: 'Alias unlinked',
  apiKeyCreate: 'API key made',
  apiKeyRevoke: 'API key revoked',
  bankRegister: 'Bank registered',
  callbackTest: 'Callbacks tested',
  deliveryResolve: 'Callback resolved',
  deliveryRetry: 'Callback tried again',
  feeRuleSet: 'Fee agreed',
  jobRun: 'Job run by hand',
  mailRetry: 'Mail sent again',
  merchantRegister: 'Merchant registered',
  orderCancel: 'Order canceled',
  parkedMessageResolve: 'Parked message decided',
  participantKeyAdd: 'Key added',
  participantKeyRetire: 'Key ended',
  participantKeySourceChange: 'Key set address changed',
  participantTermsChange: 'Terms changed',
  paymentReturn: 'Return asked for',
  paymentReturnCancel: 'Return taken back',
  registerCallbackResolve: 'Register callback resolved',
  registerCallbackRetry: 'Register callback tried again',
  registerConfirm: 'Register settled by hand',
  registersBuild: 'Registers made by hand',
};

const TARGETS: Readonly<Record<string, string>> = {
  businessDay: 'business day',
  feeRule: 'fee rule',
  parkedMessage: 'parked message',
};

/** An action that this console does not know yet has its own name. */
export const actionWords = (action: string): string => (Object.hasOwn(ACTION_WORDS, action) ? ACTION_WORDS[action as AuditAction] : action); // Checked.

export const targetWords = (kind: string): string => TARGETS[kind] ?? kind;
