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

/** What the shops sell, 320 units wide and 200 high. */
const PICTURES: Readonly<Record<string, string>> = {
  // A small aeroplane with the post, above clouds.
  'night-flight': `<rect width="320" height="200" fill="#16223f"/><circle cx="252" cy="52" r="24" fill="#ffe9b0"/><circle cx="262" cy="46" r="22" fill="#16223f"/><g fill="#ffe9b0"><circle cx="40" cy="40" r="2"/><circle cx="92" cy="26" r="1.5"/><circle cx="150" cy="48" r="2"/><circle cx="196" cy="24" r="1.5"/><circle cx="70" cy="84" r="1.5"/><circle cx="292" cy="104" r="2"/></g><g transform="rotate(-8 160 100)"><path d="M84 100h116c16 0 28 6 28 12s-12 12-28 12H98z" fill="#e9ddc4"/><path d="M84 100 70 76h16l22 24z" fill="#c14a3a"/><path d="M128 108h58l-26 34h-22z" fill="#c14a3a"/><path d="M196 104h16" stroke="#16223f" stroke-width="5" stroke-linecap="round"/><path d="M230 94v36" stroke="#e9ddc4" stroke-width="4" stroke-linecap="round"/></g><path d="M0 176c30-22 62-22 84-6 26-24 70-22 92 0 26-16 60-14 78 4 20-12 46-10 66 2v24H0z" fill="#2c3d66"/>`,
  // Two columns of a ledger, in balance.
  ledger: `<rect width="320" height="200" fill="#e4efe6"/><path d="M160 46c-24-12-60-14-96-6v116c36-8 72-6 96 6 24-12 60-14 96-6V40c-36-8-72-6-96 6z" fill="#fffdf6" stroke="#2f5d46" stroke-width="4" stroke-linejoin="round"/><path d="M160 46v116" stroke="#2f5d46" stroke-width="4"/><g stroke="#2f5d46" stroke-width="5" stroke-linecap="round"><path d="M84 66h28"/><path d="M84 86h20"/><path d="M84 106h34"/><path d="M84 126h24"/></g><g stroke="#d98e3f" stroke-width="5" stroke-linecap="round"><path d="M208 66h28"/><path d="M216 86h20"/><path d="M202 106h34"/><path d="M212 126h24"/></g>`,
  // A river between hills on a sheet.
  atlas: `<rect width="320" height="200" fill="#f3e7cf"/><path d="M40 34h240v132H40z" fill="#fbf5e6" stroke="#b79a63" stroke-width="3"/><path d="M120 34v132M200 34v132M40 100h240" stroke="#e3d3ad" stroke-width="2"/><path d="M56 58c34 4 26 40 62 42s30-34 66-30 22 56 58 60 30-6 30-6" fill="none" stroke="#3f86b8" stroke-width="7" stroke-linecap="round"/><path d="M118 100c-2 18-22 24-22 46" fill="none" stroke="#3f86b8" stroke-width="4" stroke-linecap="round"/><g fill="#8fae6a"><path d="M146 140l16-26 16 26z"/><path d="M168 146l12-20 12 20z"/><path d="M66 130l10-16 10 16z"/></g><circle cx="236" cy="66" r="7" fill="#c14a3a"/>`,
  // A jug over a cup.
  filter: `<rect width="320" height="200" fill="#f6e3cd"/><path d="M128 38h64l-24 44h-16z" fill="#fffaf2" stroke="#5b3a29" stroke-width="4" stroke-linejoin="round"/><path d="M140 82h40" stroke="#5b3a29" stroke-width="5" stroke-linecap="round"/><path d="M160 86v14" stroke="#7a4a30" stroke-width="5" stroke-linecap="round" stroke-dasharray="3 8"/><path d="M122 104h76l10 62H112z" fill="#fffaf2" stroke="#5b3a29" stroke-width="4" stroke-linejoin="round"/><path d="M118 132h84l5 34h-94z" fill="#7a4a30"/><path d="M84 172h152" stroke="#5b3a29" stroke-width="5" stroke-linecap="round"/>`,
  // A cup from above, with a leaf of milk.
  'flat-white': `<rect width="320" height="200" fill="#dfe8ea"/><circle cx="152" cy="100" r="78" fill="#fffdf8"/><circle cx="152" cy="100" r="56" fill="#8a5636"/><path d="M152 58c22 16 26 52 0 86-26-34-22-70 0-86z" fill="#f7e6cf"/><g stroke="#8a5636" stroke-width="3" stroke-linecap="round"><path d="M152 70v70"/><path d="M152 92l12-8M152 92l-12-8M152 108l14-9M152 108l-14-9M152 124l10-7M152 124l-10-7"/></g><path d="M206 88c26-8 48 0 48 14s-24 20-48 12" fill="none" stroke="#fffdf8" stroke-width="14"/>`,
  // Pancakes and two eggs.
  breakfast: `<rect width="320" height="200" fill="#fdebc8"/><ellipse cx="160" cy="112" rx="118" ry="66" fill="#fffdf8"/><ellipse cx="160" cy="108" rx="92" ry="48" fill="#f1eadb"/><g><ellipse cx="128" cy="118" rx="40" ry="17" fill="#c98743"/><ellipse cx="128" cy="110" rx="40" ry="17" fill="#e4ab62"/><ellipse cx="128" cy="100" rx="40" ry="17" fill="#c98743"/><ellipse cx="128" cy="93" rx="40" ry="17" fill="#e9b66f"/><path d="M110 90h34l-4 14h-22z" fill="#fff3c4"/></g><path d="M176 100c10-20 46-18 48 2s-8 26-24 24-30-12-24-26z" fill="#ffffff"/><circle cx="200" cy="104" r="11" fill="#f5a623"/><g fill="#5fae7b"><ellipse cx="188" cy="138" rx="12" ry="5"/><ellipse cx="206" cy="140" rx="10" ry="5"/></g>`,
};

/** The logo of an actor as an SVG document, or null for who has none. */
export function logoOf(slot: string): string | null {
  return documentOf(LOGOS, slot, '0 0 96 96');
}

/** The picture of something that a shop sells, or null for what is not drawn. */
export function pictureOf(goodId: string): string | null {
  return documentOf(PICTURES, goodId, '0 0 320 200');
}

function documentOf(drawings: Readonly<Record<string, string>>, name: string, box: string): string | null {
  const drawing = Object.hasOwn(drawings, name) ? drawings[name] : undefined;
  return drawing === undefined ? null : `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${box}">${drawing}</svg>`;
}
