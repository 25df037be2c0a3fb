import { ColorInput, SegmentedControl, SimpleGrid, Stack, Textarea, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useState } from 'react'

import { api, idempotent, type Schemas } from '~/api/api'
import { fieldErrors } from '~/api/problem'
import { queryClient } from '~/api/queryClient'
import { useMay } from '~/features/session/may'
import { given } from '~/lib/given'
import { FormButtons } from '~/ui/FormButtons'
import { FormError } from '~/ui/FormError'
import { notifyDone } from '~/ui/notify'
import { Section } from '~/ui/Section'
import classes from './BrandingForm.module.css'
import { BrandingPreview } from './BrandingPreview'
import { carriesWhite, isColour } from './colour'
import { LogoField } from './LogoField'
import type { Picture } from './picture'
import { branding, logoAddress } from './queries'

type BrandingFormProps = { branding: Schemas['BrandingView'] }

const LINES_MAX = 6

export function BrandingForm({ branding: known }: BrandingFormProps) {
  const may = useMay('write:tenant')
  const [header] = useState(idempotent)
  const [picture, setPicture] = useState<Picture>()
  const [removesLogo, setRemovesLogo] = useState(false)
  const form = useForm({
    initialValues: {
      name: known.name,
      address: known.address_lines.join('\n'),
      tax_id: known.tax_id ?? '',
      email: known.email ?? '',
      phone: known.phone ?? '',
      primary_color: known.primary_color,
      page_size: known.page_size,
      payment_terms: known.payment_terms ?? '',
    },
    validate: {
      primary_color: (colour) => (isColour(colour) ? null : 'Enter a colour such as #1E40AF.'),
      address: (text) =>
        linesOf(text).length > LINES_MAX ? `Enter at most ${LINES_MAX} lines.` : null,
    },
  })
  const update = api.useMutation('put', '/v1/branding', {
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: branding().queryKey })
      notifyDone('Branding saved')
    },
    onError: (problem) => form.setErrors(fieldErrors(problem, { address_lines: 'address' })),
  })
  const submit = ({ address, primary_color, page_size, ...texts }: typeof form.values) =>
    update.mutate({
      params: { header },
      body: {
        address_lines: linesOf(address),
        primary_color,
        page_size,
        remove_logo: removesLogo,
        ...given({
          name: texts.name.trim() || undefined,
          tax_id: texts.tax_id.trim() || undefined,
          email: texts.email.trim() || undefined,
          phone: texts.phone.trim() || undefined,
          payment_terms: texts.payment_terms.trim() || undefined,
          logo: picture?.base64,
        }),
      },
    })
  const { values } = form
  const present = known.logo && !removesLogo ? logoAddress(known.updated_at) : undefined
  const logo = picture?.address ?? present
  const isChanged = form.isDirty() || picture !== undefined || removesLogo
  return (
    <div className={classes.columns}>
      <form onSubmit={form.onSubmit(submit)} noValidate>
        <Section title="Sender">
          <Stack gap="sm">
            <LogoField
              logo={logo}
              onChoose={(chosen) => {
                setPicture(chosen)
                setRemovesLogo(false)
              }}
              onRemove={() => {
                setPicture(undefined)
                setRemovesLogo(known.logo !== undefined)
              }}
            />
            <TextInput
              label="Name"
              description="The tenant’s name when it is left empty."
              {...form.getInputProps('name')}
            />
            <Textarea
              label="Address"
              autosize
              minRows={3}
              maxRows={LINES_MAX}
              {...form.getInputProps('address')}
            />
            <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
              <TextInput label="E-mail" type="email" {...form.getInputProps('email')} />
              <TextInput label="Phone" type="tel" {...form.getInputProps('phone')} />
              <TextInput label="Tax id" {...form.getInputProps('tax_id')} />
              <ColorInput
                label="Colour"
                size="xs"
                labelProps={{ size: 'sm' }}
                format="hex"
                eyeDropperButtonProps={{ 'aria-label': 'Take a colour from the screen' }}
                {...form.getInputProps('primary_color')}
                {...(isColour(values.primary_color) &&
                  !carriesWhite(values.primary_color) && {
                    description: 'White text on it is hard to read.',
                    inputWrapperOrder: ['label', 'input', 'description', 'error'],
                  })}
              />
            </SimpleGrid>
            <div>
              <div className={classes.label}>Paper</div>
              <SegmentedControl
                aria-label="Paper"
                data={[
                  { value: 'a4', label: 'A4' },
                  { value: 'letter', label: 'US Letter' },
                ]}
                {...form.getInputProps('page_size')}
              />
            </div>
            <Textarea
              label="Payment terms"
              description="For invoices that state no terms of their own."
              autosize
              minRows={2}
              maxRows={8}
              {...form.getInputProps('payment_terms')}
            />
            <FormError error={update.error} />
            <FormButtons
              submit="Save"
              isPending={update.isPending}
              reason={may.reason ?? (isChanged ? undefined : 'Nothing was changed.')}
            />
          </Stack>
        </Section>
      </form>
      <BrandingPreview
        name={values.name}
        address={linesOf(values.address)}
        contact={[values.email, values.phone, values.tax_id].filter(Boolean)}
        colour={isColour(values.primary_color) ? values.primary_color : known.primary_color}
        terms={values.payment_terms}
        isLetter={values.page_size === 'letter'}
        logo={logo}
      />
    </div>
  )
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
}
