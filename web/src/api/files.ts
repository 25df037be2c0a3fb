/** Addresses of files, for links that download them. */
export const files = {
  documentTemplatePreview: (template: string) => `/v1/document-templates/${template}/preview`,
  deliverablePdf: (deliverableId: string) => `/v1/deliverables/${deliverableId}/pdf`,
  proposalPdf: (proposalId: string) => `/v1/proposals/${proposalId}/pdf`,
  invoicePdf: (invoiceId: string) => `/v1/invoices/${invoiceId}/pdf`,
}
