-- What was asked for, by hour and model: the demand that an operator's estimate rests on. Filled from events, so it costs the tasks nothing.
create table capacity.demand (
  hour timestamptz not null,
  model text not null,
  tasks bigint not null,
  input_tokens bigint not null,
  output_tokens bigint not null,
  charge_wei numeric(78,0) not null,
  primary key (hour, model)
);

grant select, insert, update, delete on capacity.demand to far_server;
