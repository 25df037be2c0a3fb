import { useSuspenseQuery } from '@tanstack/react-query'

import { queryClient } from '~/api/queryClient'
import { SettingsFrame } from '../SettingsFrame'
import { BrandingForm } from './BrandingForm'
import { branding } from './queries'

export function loader() {
  void queryClient.prefetchQuery(branding())
  return null
}

export default function BrandingPage() {
  const { data } = useSuspenseQuery(branding())
  return (
    <SettingsFrame
      title="Branding"
      description="How proposals, invoices and intake forms look, and who they are from."
    >
      <BrandingForm key={data.updated_at} branding={data} />
    </SettingsFrame>
  )
}
