import { paths } from '~/lib/paths'

/** The settings' own navigation, from what a tenant is to what it keeps. */
export const SECTIONS = [
  {
    label: 'Tenant',
    items: [
      { label: 'General', path: paths.settings() },
      { label: 'Branding', path: paths.branding() },
      { label: 'Members', path: paths.members() },
    ],
  },
  {
    label: 'Access',
    items: [
      { label: 'API tokens', path: paths.tokens() },
      { label: 'Assistant', path: paths.assistant() },
    ],
  },
  {
    label: 'Work',
    items: [
      { label: 'Intake forms', path: paths.forms() },
      { label: 'Prompts', path: paths.prompts() },
      { label: 'Document templates', path: paths.documentTemplates() },
      { label: 'Alerts', path: paths.alertSettings() },
    ],
  },
  {
    label: 'Data',
    items: [
      { label: 'Retention', path: paths.retention() },
      { label: 'Audit log', path: paths.audit() },
    ],
  },
] as const
