/** The drawn logos of the sandbox's banks and shops, 96 units square. They stand for nobody. */
const LOGOS: Readonly<Record<string, string>> = {
  // Kalyna: three berries under a leaf.
  payer: `<rect width="96" height="96" rx="22" fill="#8c1d2f"/><path d="M48 16c14 2 22 12 22 24-14 0-24-8-22-24z" fill="#5fae7b"/><g fill="#ffb3ad"><circle cx="34" cy="52" r="14"/><circle cx="62" cy="54" r="14"/><circle cx="47" cy="74" r="13"/></g><g fill="#fff" opacity=".75"><circle cx="30" cy="47" r="3.5"/><circle cx="58" cy="49" r="3.5"/><circle cx="43" cy="69" r="3.5"/></g>`,
  // Veresen: a sprig of heather.
  receiver: `<rect width="96" height="96" rx="22" fill="#3f2f6b"/><path d="M48 84V30" stroke="#bfe3c6" stroke-width="5" stroke-linecap="round"/><g fill="#cdb7ff"><ellipse cx="48" cy="20" rx="8" ry="10"/><ellipse cx="34" cy="34" rx="8" ry="10" transform="rotate(-28 34 34)"/><ellipse cx="62" cy="34" rx="8" ry="10" transform="rotate(28 62 34)"/><ellipse cx="33" cy="54" rx="8" ry="10" transform="rotate(-28 33 54)"/><ellipse cx="63" cy="54" rx="8" ry="10" transform="rotate(28 63 54)"/></g>`,
  // Obriy: the sun at the horizon.
  bystander: `<rect width="96" height="96" rx="22" fill="#0e4f66"/><path d="M20 58a28 28 0 0 1 56 0z" fill="#ffd166"/><g stroke="#e8f6fa" stroke-width="6" stroke-linecap="round"><path d="M14 66h68"/><path d="M26 78h44"/></g>`,
  // An owl with a book.
  bookshop: `<rect width="96" height="96" rx="22" fill="#f2e6d0"/><path d="M26 22l10 8h24l10-8v34a22 22 0 0 1-44 0z" fill="#6b4a2b"/><g fill="#fff8ec"><circle cx="38" cy="44" r="10"/><circle cx="58" cy="44" r="10"/></g><g fill="#2b1c0e"><circle cx="38" cy="44" r="4.5"/><circle cx="58" cy="44" r="4.5"/></g><path d="M48 50l-5 7h10z" fill="#e6a23c"/><path d="M18 74c12-5 22-4 30 2 8-6 18-7 30-2v8c-12-4-22-3-30 3-8-6-18-7-30-3z" fill="#a23b3b"/>`,
  // A cup at sunrise.
  cafe: `<rect width="96" height="96" rx="22" fill="#fbe3c8"/><path d="M30 34a18 18 0 0 1 36 0z" fill="#f08a4b"/><path d="M24 42h44v16a20 20 0 0 1-20 20h-4a20 20 0 0 1-20-20z" fill="#5b3a29"/><path d="M68 46h4a9 9 0 0 1 0 18h-5" fill="none" stroke="#5b3a29" stroke-width="6"/><path d="M20 84h52" stroke="#5b3a29" stroke-width="6" stroke-linecap="round"/>`,
};

/** The logo of an actor as an SVG document, or null for who has none. */
export function logoOf(slot: string): string | null {
  const drawing = Object.hasOwn(LOGOS, slot) ? LOGOS[slot] : undefined;
  return drawing === undefined ? null : `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96">${drawing}</svg>`;
}
