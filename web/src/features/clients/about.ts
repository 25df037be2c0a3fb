import type { Schemas } from '~/api/api'
import { api } from '~/api/api'
import { invoiceList } from '~/features/invoices/queries'
import { leadList } from '~/features/leads/queries'
import { pipelineQuery } from '~/features/pipeline/queries'

export const leadsOfClient = (clientId: string) => leadList({ client_id: clientId })

export const invoicesOfClient = (clientId: string) => invoiceList({ client_id: clientId })

export const memoriesOfClient = (clientId: string) =>
  api.queryOptions('get', '/v1/memories', {
    params: { query: { client_id: clientId, limit: 100 } },
  })

/** The client's card in the pipeline, which says where it can go and what it is worth. */
export const cardOfClient = ({ client_id, email }: Schemas['ClientView']) => ({
  ...pipelineQuery(email),
  select: ({ stages }: { stages: { cards: Schemas['Card'][] }[] }) =>
    stages.flatMap(({ cards }) => cards).find((card) => card.client_id === client_id),
})
