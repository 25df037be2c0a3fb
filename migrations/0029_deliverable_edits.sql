-- A person's hand in what was generated: who changed the text, when, and what it was before anybody did.
alter table delivery.deliverable
    add column generated_markdown text,
    add column edited_by text,
    add column edited_at timestamptz;
