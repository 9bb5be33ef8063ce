import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

const BLUE: MantineColorsTuple = [
  '#e9edfd',
  '#d5dcfa',
  '#b0bdf5',
  '#8ea5ff',
  '#6a85f2',
  '#3f5fe6',
  '#2447d8',
  '#1e3cbb',
  '#18309a',
  '#122577',
];

const SANS = '"Onest Variable", system-ui, sans-serif';
const MONO = '"JetBrains Mono Variable", ui-monospace, monospace';

/** The component library in the colours of the console: colour means state, and one blue means "this leads somewhere". */
export const THEME = createTheme({
  primaryColor: 'blue',
  colors: { blue: BLUE },
  primaryShade: { light: 6, dark: 5 },
  fontFamily: SANS,
  fontFamilyMonospace: MONO,
  headings: { fontFamily: SANS, fontWeight: '600' },
  defaultRadius: 10,
  respectReducedMotion: true,
  components: {
    Modal: { defaultProps: { radius: 16, overlayProps: { backgroundOpacity: 0.4 }, transitionProps: { duration: 0 } } },
    Drawer: { defaultProps: { transitionProps: { duration: 0 } } },
    Select: { defaultProps: { checkIconPosition: 'right', comboboxProps: { transitionProps: { duration: 0 } } } },
  },
});

/** The library draws with the tokens of tokens.css. */
export const themeVariables: CSSVariablesResolver = () => {
  const both = {
    '--mantine-color-body': 'var(--surface)',
    '--mantine-color-text': 'var(--ink)',
    '--mantine-color-dimmed': 'var(--ink-3)',
    '--mantine-color-placeholder': 'var(--ink-3)',
    '--mantine-color-default': 'var(--surface)',
    '--mantine-color-default-hover': 'var(--sunken)',
    '--mantine-color-default-border': 'var(--line-strong)',
    '--mantine-color-error': 'var(--bad)',
    '--mantine-color-anchor': 'var(--accent)',
  };
  return { variables: {}, light: both, dark: both };
};
