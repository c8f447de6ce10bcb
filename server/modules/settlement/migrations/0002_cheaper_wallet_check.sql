-- The same set of values; a counted repetition made the check the dearest part of writing a receipt, and it runs again at each update.
alter table settlement.receipts drop constraint receipts_payer_wallet_check;
alter table settlement.receipts add constraint receipts_payer_wallet_check
  check (length(payer_wallet) = 42 and payer_wallet ~ '^0x[0-9a-f]*$');
