-- The catalogue. Prices are micro-dollars per 1 000 000 tokens; a price change never touches tasks that were already priced.
create table models.models (
  id text primary key check (length(id) between 1 and 256),
  source text not null,
  quantisation text not null default '',
  context_tokens integer not null check (context_tokens > 0),
  vram_gb_min numeric not null check (vram_gb_min >= 0),
  tokens_per_second numeric not null check (tokens_per_second > 0),
  input_micro numeric(78,0) not null check (input_micro >= 0),
  output_micro numeric(78,0) not null check (output_micro >= 0),
  modality text not null default 'text' check (modality in ('text', 'image')),
  status text not null default 'active' check (status in ('active', 'retired')),
  -- Shown wherever a person sees the model, for instance "demo model".
  label text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

insert into models.models (id, source, context_tokens, vram_gb_min, tokens_per_second, input_micro, output_micro, label) values
  ('llama-70b', 'meta-llama/Llama-2-70b-chat-hf', 4096, 140, 50, 3000000, 3000000, null),
  ('mixtral-8x22b', 'mistralai/Mixtral-8x22B-Instruct-v0.1', 65536, 180, 40, 5000000, 5000000, null),
  ('llama-405b', 'meta-llama/Llama-3-405b-instruct', 131072, 810, 30, 15000000, 15000000, null),
  ('far-mini', 'embedded', 1024, 0, 500, 200000, 200000, 'demo model');
update models.models set quantisation = 'Q8_0' where id = 'far-mini';

-- The last accepted answer of the price feed; one row. A restart compares with it, so that a jump meanwhile is still seen as one.
create table models.price (
  one boolean primary key default true check (one),
  -- USD per FAR, 8 decimals.
  rate8 numeric(78,0) not null check (rate8 > 0),
  round_id numeric(78,0) not null,
  feed_at timestamptz not null,
  accepted_at timestamptz not null default now()
);

grant select, insert, update on models.price to far_server;
grant select, insert, update on models.models to far_server;
