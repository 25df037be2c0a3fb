import {
  Button,
  type CSSVariablesResolver,
  createTheme,
  Input,
  type MantineColorsTuple,
  SegmentedControl,
} from '@mantine/core'

const brand: MantineColorsTuple = [
  '#eef1fe',
  '#dbe1fb',
  '#b6c1f5',
  '#8f9fef',
  '#6d81e8',
  '#566ce2',
  '#3f55d0',
  '#3548b4',
  '#2b3b94',
  '#212e74',
]

const gray: MantineColorsTuple = [
  '#f8f9fa',
  '#f2f3f5',
  '#e7e9ed',
  '#dcdfe4',
  '#c5cad2',
  '#9ba2ae',
  '#6b7280',
  '#4d545f',
  '#31363f',
  '#1b1e24',
]

const dark: MantineColorsTuple = [
  '#e4e6ea',
  '#c3c7ce',
  '#9aa0ab',
  '#7b818d',
  '#363a42',
  '#2b2e35',
  '#1d2025',
  '#131518',
  '#0e1013',
  '#08090b',
]

const monospace =
  'ui-monospace, "SF Mono", SFMono-Regular, Menlo, "Cascadia Mono", Consolas, "DejaVu Sans Mono", monospace'

export const theme = createTheme({
  primaryColor: 'brand',
  primaryShade: { light: 6, dark: 5 },
  colors: { brand, gray, dark },
  black: '#1b1e24',
  fontFamily:
    'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", Arial, sans-serif',
  fontFamilyMonospace: monospace,
  fontSizes: {
    xs: '0.75rem',
    sm: '0.8125rem',
    md: '0.875rem',
    lg: '1rem',
    xl: '1.25rem',
  },
  lineHeights: { xs: '1.35', sm: '1.4', md: '1.45', lg: '1.4', xl: '1.3' },
  spacing: { xs: '0.5rem', sm: '0.75rem', md: '1rem', lg: '1.5rem', xl: '2rem' },
  radius: { xs: '3px', sm: '5px', md: '7px', lg: '10px', xl: '16px' },
  defaultRadius: 'sm',
  headings: {
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '1.25rem', lineHeight: '1.3' },
      h2: { fontSize: '1rem', lineHeight: '1.35' },
      h3: { fontSize: '0.875rem', lineHeight: '1.4' },
      h4: { fontSize: '0.8125rem', lineHeight: '1.4' },
      h5: { fontSize: '0.75rem', lineHeight: '1.4' },
      h6: { fontSize: '0.75rem', lineHeight: '1.4' },
    },
  },
  shadows: {
    xs: '0 1px 2px rgba(16, 18, 24, 0.06)',
    sm: '0 1px 3px rgba(16, 18, 24, 0.1)',
    md: '0 6px 20px rgba(16, 18, 24, 0.12)',
    lg: '0 12px 32px rgba(16, 18, 24, 0.16)',
    xl: '0 20px 48px rgba(16, 18, 24, 0.2)',
  },
  respectReducedMotion: true,
  cursorType: 'pointer',
  components: {
    Button: Button.extend({
      defaultProps: { size: 'xs' },
      vars: (_theme, { size }) =>
        size === 'xs'
          ? { root: { '--button-height': '2rem', '--button-fz': '0.8125rem' } }
          : { root: {} },
    }),
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray', size: 'md' } },
    Input: Input.extend({
      vars: (_theme, { size }) => ({
        wrapper: {
          ...((size ?? 'xs') === 'xs' && {
            '--input-height': '2rem',
            '--input-fz': '0.8125rem',
            '--input-padding': '0.625rem',
          }),
        },
      }),
    }),
    InputWrapper: Input.Wrapper.extend({
      vars: () => ({
        label: { '--input-label-size': '0.8125rem' },
        description: { '--input-description-size': '0.75rem' },
        error: { '--input-error-size': '0.75rem' },
        success: {},
      }),
    }),
    TextInput: { defaultProps: { size: 'xs' } },
    PasswordInput: { defaultProps: { size: 'xs' } },
    NumberInput: { defaultProps: { size: 'xs' } },
    Textarea: { defaultProps: { size: 'xs' } },
    JsonInput: { defaultProps: { size: 'xs' } },
    Select: { defaultProps: { size: 'xs', allowDeselect: false, checkIconPosition: 'right' } },
    MultiSelect: { defaultProps: { size: 'xs' } },
    TagsInput: { defaultProps: { size: 'xs' } },
    SegmentedControl: SegmentedControl.extend({
      defaultProps: { size: 'xs' },
      vars: () => ({
        root: { '--sc-padding': '0.125rem 0.625rem', '--sc-font-size': '0.8125rem' },
      }),
    }),
    Tooltip: { defaultProps: { openDelay: 250, withArrow: false, multiline: true, maw: 320 } },
    Menu: { defaultProps: { shadow: 'md', position: 'bottom-end' } },
    Modal: {
      defaultProps: {
        centered: true,
        radius: 'md',
        closeButtonProps: { 'aria-label': 'Close' },
      },
      styles: { title: { fontWeight: 600 } },
    },
    Drawer: {
      defaultProps: { closeButtonProps: { 'aria-label': 'Close' } },
      styles: { title: { fontWeight: 600 } },
    },
    Badge: { defaultProps: { variant: 'light', radius: 'sm', tt: 'none', fw: 500 } },
  },
})

/** What our own style sheets use: `var(--h-border)`. One value for each colour scheme. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {
    '--h-row': '2.375rem',
    '--h-nav-width': '14rem',
    '--h-bar-height': '3rem',
    '--h-page-width': '80rem',
    '--h-radius': '7px',
    '--h-mono': monospace,
  },
  light: {
    '--mantine-color-body': '#ffffff',
    '--mantine-color-dimmed': '#5f6672',
    '--mantine-color-placeholder': '#6f7682',
    '--mantine-color-error': '#c02626',
    '--h-nav': '#f7f8f9',
    '--h-surface': '#ffffff',
    '--h-sunken': '#f8f9fa',
    '--h-border': '#e7e9ed',
    '--h-border-strong': '#d3d7dd',
    '--h-hover': '#f4f5f7',
    '--h-selected': '#e9ecf1',
    '--h-muted': '#5f6672',
    '--h-faint': '#686f7b',
    '--h-accent': '#3f55d0',
    '--h-neutral': '#5f6672',
    '--h-neutral-bg': '#f0f1f4',
    '--h-info': '#3448b8',
    '--h-info-bg': '#eceffd',
    '--h-success': '#12724a',
    '--h-success-bg': '#e4f5ec',
    '--h-warning': '#8d5300',
    '--h-warning-bg': '#fdf1dc',
    '--h-danger': '#bb2337',
    '--h-danger-bg': '#fdebed',
  },
  dark: {
    '--mantine-color-error': '#ff8787',
    '--mantine-color-body': '#131518',
    '--mantine-color-dimmed': '#9aa0ab',
    '--mantine-color-placeholder': '#8a909b',
    '--mantine-color-default': '#1a1d21',
    '--h-nav': '#0e1013',
    '--h-surface': '#171a1e',
    '--h-sunken': '#101215',
    '--h-border': '#272a31',
    '--h-border-strong': '#3a3e47',
    '--h-hover': '#1b1e23',
    '--h-selected': '#23262d',
    '--h-muted': '#9aa0ab',
    '--h-faint': '#8a909b',
    '--h-accent': '#8f9fef',
    '--h-neutral': '#a6acb7',
    '--h-neutral-bg': '#24272d',
    '--h-info': '#a3b1f7',
    '--h-info-bg': '#20264a',
    '--h-success': '#6bd3a1',
    '--h-success-bg': '#12301f',
    '--h-warning': '#f0bb63',
    '--h-warning-bg': '#38280c',
    '--h-danger': '#f58b98',
    '--h-danger-bg': '#421a20',
  },
})
