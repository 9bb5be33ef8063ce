/**
 * What a payment is searched by, of `payment_message m`: its amount behind an equals sign, and the ends of its two accounts. The index
 * payment_message_search is on exactly this expression.
 */
export const SEARCH_TERMS_SQL = "(array['=' || m.amount_minor::text, right(m.debtor_account, 4), right(m.creditor_account, 4)])";
