/** The look of `<dcm-pay>`, light and dark. A merchant changes it by the custom properties, whose defaults stand here. */
export const DCM_PAY_STYLE = `
:host {
  display: block;
  color-scheme: light dark;
  font: 16px/1.5 var(--dcm-font, inherit);
  color: var(--dcm-ink, light-dark(#15171c, #eef0f3));
}
.pay {
  max-width: 420px;
  padding: 24px;
  border: 1px solid var(--dcm-line, light-dark(#e8e5de, #252a31));
  border-radius: 24px;
  background: var(--dcm-surface, light-dark(#ffffff, #16191e));
}
p, ul { margin: 0; padding: 0; }
ul { list-style: none; }
.amount { font-size: 34px; font-weight: 600; letter-spacing: -0.03em; line-height: 1.2; }
.purpose, .banks > p, .scan > p { color: light-dark(#666b74, #949ba7); font-size: 14px; overflow-wrap: anywhere; }
.status { display: grid; gap: 2px; margin: 16px 0; padding: 12px 16px; border-radius: 12px; background: light-dark(#f1efe9, #1e2228); font-size: 14px; }
.status strong { font-size: 16px; font-weight: 600; }
.status.paid { background: light-dark(#e2f3eb, #123026); }
.status.rejected { background: light-dark(#fce9e7, #3a1c1a); }
.code { display: block; width: 100%; max-width: 280px; margin: 0 auto 8px; border-radius: 16px; background: #fff; }
.scan { text-align: center; }
.banks { display: none; margin-top: 16px; }
.banks a { display: flex; align-items: center; gap: 12px; min-height: 52px; color: inherit; text-decoration: none; border-bottom: 1px solid light-dark(#e8e5de, #252a31); }
.banks a:focus-visible { outline: 3px solid light-dark(#2447d8, #8ea5ff); outline-offset: 2px; }
.banks img { border-radius: 8px; }
@media (max-width: 860px) { .banks { display: block; } }
`;
