/** What a merchant's order list shows: one page with payment, merchant and both banks. Every contender answers this very text. */
export const PAGE_QUERY = `query Page($after: Cursor) {
  orders(first: 10, after: $after) {
    edges {
      cursor
      node {
        orderId
        reference
        status
        amount { minor currency }
        merchant { uid name }
        receiverBank { guid name }
        payment { guid status initiatorBank { guid name } receiverBank { guid name } }
      }
    }
  }
}`;
