import { type ComponentType, Suspense } from 'react'
import { createBrowserRouter, type LoaderFunction, type RouteObject } from 'react-router'

import { requireSession } from '~/features/session/session'
import { NotFound, RouteError } from '~/shell/RouteError'
import { Shell } from '~/shell/Shell'
import { Starting } from '~/shell/Starting'
import { PageSkeleton } from '~/ui/Skeletons'

/** What a page's module gives: the page, what it reads first, and what stands there meanwhile. */
type PageModule = {
  default: ComponentType
  loader?: LoaderFunction
  Loading?: ComponentType
}

/** Every page of the app. */
const routes: RouteObject[] = [
  page('/sign-in', () => import('~/features/session/SignInPage')),
  page('/forgot-password', () => import('~/features/session/ForgotPasswordPage')),
  page('/reset-password', () => import('~/features/session/ResetPasswordPage')),
  page('/accept-invitation', () => import('~/features/session/AcceptInvitationPage')),
  {
    element: <Shell />,
    loader: requireSession,
    hydrateFallbackElement: <Starting />,
    errorElement: <RouteError />,
    children: [
      page('/', () => import('~/features/today/TodayPage')),
      page('/pipeline', () => import('~/features/pipeline/PipelinePage')),
      page('/clients', () => import('~/features/clients/ClientsPage')),
      page('/clients/:clientId', () => import('~/features/clients/ClientPage')),

      page('/leads', () => import('~/features/leads/LeadsPage')),
      page('/leads/:leadId', () => import('~/features/leads/LeadPage')),
      page('/deliverables/:deliverableId', () => import('~/features/deliverables/DeliverablePage')),

      page('/projects', () => import('~/features/projects/ProjectsPage')),
      page('/projects/:projectId', () => import('~/features/projects/ProjectPage')),
      page('/invoices', () => import('~/features/invoices/InvoicesPage')),
      page('/invoices/:invoiceId', () => import('~/features/invoices/InvoicePage')),

      page('/flows', () => import('~/features/flows/FlowsPage')),
      page('/flows/new', () => import('~/features/flows/NewFlowPage')),
      page('/flows/:flow', () => import('~/features/flows/FlowPage')),
      page('/flows/:flow/versions', () => import('~/features/flows/FlowVersionsPage')),

      page('/runs', () => import('~/features/runs/RunsPage')),
      page('/runs/:runId', () => import('~/features/runs/RunPage')),

      page('/tasks', () => import('~/features/tasks/TasksPage')),
      page('/tasks/:humanTaskId', () => import('~/features/tasks/TaskPage')),

      page('/webhooks', () => import('~/features/webhooks/ReceivedPage')),
      page(
        '/webhooks/received/:deliveryId',
        () => import('~/features/webhooks/ReceivedWebhookPage'),
      ),
      page('/webhooks/sent', () => import('~/features/webhooks/SentPage')),
      page('/webhooks/sent/:messageId', () => import('~/features/webhooks/SentWebhookPage')),
      page('/webhooks/subscriptions', () => import('~/features/webhooks/SubscriptionsPage')),
      page(
        '/webhooks/subscriptions/:subscriptionId',
        () => import('~/features/webhooks/SubscriptionPage'),
      ),

      page('/connections', () => import('~/features/connections/ConnectionsPage')),
      page('/connections/:connector', () => import('~/features/connections/ConnectionPage')),
      page('/ai', () => import('~/features/ai/AiPage')),
      page('/alerts', () => import('~/features/alerts/AlertsPage')),
      page('/sandbox', () => import('~/features/sandbox/SandboxPage')),

      page('/settings', () => import('~/features/settings/GeneralPage')),
      page('/settings/branding', () => import('~/features/settings/branding/BrandingPage')),
      page('/settings/members', () => import('~/features/members/MembersPage')),
      page('/settings/tokens', () => import('~/features/settings/tokens/TokensPage')),
      page('/settings/assistant', () => import('~/features/settings/AssistantPage')),
      page('/settings/forms', () => import('~/features/settings/forms/FormsPage')),
      page('/settings/forms/:formId', () => import('~/features/settings/forms/FormPage')),
      page('/settings/prompts', () => import('~/features/settings/prompts/PromptsPage')),
      page('/settings/prompts/:name', () => import('~/features/settings/prompts/PromptPage')),
      page(
        '/settings/prompts/:name/edit',
        () => import('~/features/settings/prompts/EditPromptPage'),
      ),
      page(
        '/settings/document-templates',
        () => import('~/features/settings/branding/DocumentTemplatesPage'),
      ),
      page('/settings/alerts', () => import('~/features/settings/alerts/AlertSettingsPage')),
      page('/settings/retention', () => import('~/features/settings/RetentionPage')),
      page('/settings/audit', () => import('~/features/settings/audit/AuditPage')),

      page('/account', () => import('~/features/session/AccountPage')),

      { path: '*', element: <NotFound /> },
    ],
  },
]

/** A page that is loaded when it is first visited, with a skeleton while it reads. */
function page(path: string, load: () => Promise<PageModule>): RouteObject {
  return {
    path,
    errorElement: <RouteError />,
    hydrateFallbackElement: <Starting />,
    lazy: async () => {
      const { default: Page, loader, Loading = PageSkeleton } = await load()
      // The key makes another page start with its own skeleton; the same page keeps what it shows.
      const element = (
        <Suspense key={path} fallback={<Loading />}>
          <Page />
        </Suspense>
      )
      return { element, ...(loader && { loader }) }
    },
  }
}

export const router = createBrowserRouter(routes)
