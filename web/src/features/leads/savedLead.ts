import type { Schemas } from '~/api/api'
import { queryClient } from '~/api/queryClient'
import { notifyDone } from '~/ui/notify'
import { leadDetail } from './queries'

/** What follows a change of a lead: the page shows the answer, and lists are read again. */
export function leadSaved(lead: Schemas['LeadDetail'], message: string) {
  queryClient.setQueryData(leadDetail(lead.lead_id).queryKey, lead)
  void queryClient.invalidateQueries({ queryKey: ['get', '/v1/leads'] })
  void queryClient.invalidateQueries({ queryKey: ['get', '/v1/clients'] })
  notifyDone(message)
}
