import Theme from 'vitepress/theme-without-fonts';

import './style.css'; // oxlint-disable-line import/no-unassigned-import -- a style is imported to be there

export default Theme;
