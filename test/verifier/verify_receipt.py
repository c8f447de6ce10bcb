"""A second verifier of receipts, from docs/receipts.md alone: verify_receipt.py [--rpc URL] FILE, or many receipts as lines on stdin.
Prints one line for each receipt: `ok`, or `failed: why`. Needs eth-account."""
import hashlib, json, re, sys, urllib.request

from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils import keccak

HASH, ADDRESS, AMOUNT = r"0x[0-9a-f]{64}", r"0x[0-9a-f]{40}", r"(0|[1-9][0-9]*)"
SIGNATURE, TEXT = r"0x[0-9a-f]{128}1[bc]", r"[^\x00-\x1f]+"
HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
UNFINISHED = "The attempt ended before the node had finished it, so the node signed nothing."
SILENT = "No valid signature of the node over this output has arrived."

NODE = {"node_id": TEXT, "owner": ADDRESS, "attempt": int, "tokens": int, "tokens_claimed": (int, None), "score": int,
        "amount": AMOUNT, "held": bool, "output_hash": HASH}
SESSION = {"chain_id": int, "network": TEXT, "key": ADDRESS, "valid_from": int, "node_key": ADDRESS, "signature": SIGNATURE}
STATEMENT = {"session": SESSION, "root": HASH, "count": int, "at": int, "path": [HASH], "signature": SIGNATURE}
PLACE = {"chain_id": int, "contract": ADDRESS, "root": HASH, "path": [HASH]}
GATEWAY = {**PLACE, "count": int, "signed_at": int, "signer": ADDRESS, "signature": SIGNATURE}
INCLUSION = {**PLACE, "epoch": int}
RECEIPT = {"form": "far-receipt-1", "task_id": TEXT, "model": TEXT, "manifest_hash": (TEXT, None),
           "created_at": int, "input_tokens": int, "output_tokens": int, "rate": AMOUNT, "asset": "FAR|VCU", "charge": AMOUNT,
           "prices": {"input_micro": AMOUNT, "output_micro": AMOUNT}, "charge_vcu": (AMOUNT, None), "nodes": [NODE],
           "split": {"operator": AMOUNT, "stakers": AMOUNT, "treasury": AMOUNT}, "request_hash": HASH, "response_hash": HASH,
           "salt": r"0x([0-9a-f]{2}){16,64}", "payer_hash": HASH,
           "proof": {"gateway": GATEWAY, "nodes": [(STATEMENT, {"missing": TEXT})], "inclusion": (INCLUSION, None)}}
PAYER = {"wallet": rf"{ADDRESS}|treasury|task:{HASH}", "account": TEXT, "purpose": "user|check", "salt": RECEIPT["salt"]}

def must(right, why):
    if not right:
        raise ValueError(why)

def fits(form, value):
    if isinstance(form, tuple):
        return any(fits(one, value) for one in form)
    if isinstance(form, dict):
        return isinstance(value, dict) and value.keys() == form.keys() and all(fits(form[k], value[k]) for k in form)
    if isinstance(form, list):
        return isinstance(value, list) and all(fits(form[0], one) for one in value)
    if isinstance(form, str):
        return isinstance(value, str) and re.fullmatch(form, value) is not None
    return value is None if form is None else type(value) is form and 0 <= value < 2**53

def sha(value):
    """Of a text, or of anything else in its canonical form."""
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).digest()

def under(node, proof):
    for sibling in (bytes.fromhex(one[2:]) for one in proof["path"]):
        node = keccak(min(node, sibling) + max(node, sibling))
    return node.hex() == proof["root"][2:]

def signed_by(address, signature, domain, kind, members):
    must(int(signature[66:130], 16) <= HALF_ORDER, f"{kind}: high s")
    types = {kind: [dict(zip(("type", "name"), member.split())) for member, _ in members]}
    message = encode_typed_data(domain, types, {member.split()[1]: value for member, value in members})
    must(Account.recover_message(message, signature=signature).lower() == address, f"{kind}: not signed by {address}")

def check_arithmetic(r):
    prices, charge = r["prices"], int(r["charge"])
    micro = r["input_tokens"] * int(prices["input_micro"]) + r["output_tokens"] * int(prices["output_micro"])
    must(int(r["rate"]) > 0 and charge > 0 and charge == -(-micro * 10**14 // int(r["rate"])), "charge")
    must(r["charge_vcu"] == (str(-(-micro // 10**6)) if r["asset"] == "VCU" else None), "charge in VCU")
    total = sum(node["tokens"] for node in r["nodes"])
    for node in r["nodes"]:
        weight, weights = (node["tokens"], total) if total else (1, len(r["nodes"]))
        factor = min(22_000, max(18_000, 12_000 + node["score"]))
        must(int(node["amount"]) == charge * weight * 3 * factor // (weights * 100_000), "share of a node")
    operator, stakers = sum(int(node["amount"]) for node in r["nodes"]), charge // 5
    parts = {"operator": operator, "stakers": stakers, "treasury": charge - stakers - operator}
    must(r["split"] == {name: str(part) for name, part in parts.items()}, "split")

def check_node(task_id, node, proof):
    if "missing" in proof:
        return must(proof["missing"] == (UNFINISHED if node["tokens_claimed"] is None else SILENT), "reason of no signature")
    must(node["tokens_claimed"] is not None, "signature over an unfinished attempt")
    said = ["far-output-1", task_id, node["attempt"], node["output_hash"], node["tokens_claimed"]]
    must(under(sha(said), proof), "path to the node's root")
    session = proof["session"]
    domain = {"name": "Far Labs", "version": "1", "chainId": session["chain_id"]}
    must(proof["at"] >= session["valid_from"] * 1000, "root before the session")
    binding = [("address sessionKey", session["key"]), ("string network", session["network"]), ("uint64 validFrom", session["valid_from"])]
    signed_by(session["node_key"], session["signature"], domain, "NodeSession", binding)
    root = [("bytes32 root", bytes.fromhex(proof["root"][2:])), ("uint32 count", proof["count"]), ("uint64 at", proof["at"])]
    signed_by(session["key"], proof["signature"], domain, "NodeRoot", root)

def call(rpc, method, *params):
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
    request = urllib.request.Request(rpc, body, {"content-type": "application/json"})
    return json.load(urllib.request.urlopen(request, timeout=15)).get("result")

def view(rpc, contract, function, *words, block="latest"):
    return call(rpc, "eth_call", {"to": contract, "data": "0x" + keccak(text=function)[:4].hex() + "".join(words)}, block)

def check_chain(rpc, gateway, inclusion):
    must(int(call(rpc, "eth_chainId"), 16) == gateway["chain_id"], "another chain")
    low, high = 0, int(call(rpc, "eth_blockNumber"), 16)
    while low < high:
        middle = (low + high + 1) // 2
        block = call(rpc, "eth_getBlockByNumber", hex(middle), False)
        low, high = (middle, high) if int(block["timestamp"], 16) <= gateway["signed_at"] else (low, middle - 1)
    role = [keccak(text="SIGNER").hex(), gateway["signer"][2:].rjust(64, "0")]
    ask = lambda at: view(rpc, gateway["contract"], "hasRole(bytes32,address)", *role, block=at)
    must(int(ask(hex(low)) or ask("latest") or "0x0", 16) == 1, "signer without its role")
    if inclusion is not None:
        root = view(rpc, inclusion["contract"], "receiptsRootOf(uint64)", f"{inclusion['epoch']:064x}")
        must(root == inclusion["root"], "another root on chain")

def verify(document, rpc=None):
    must(isinstance(document, dict), "not an object")
    fields = {key: value for key, value in document.items() if key not in ("payer", "proof")}
    must(fits(RECEIPT, {**fields, "proof": document.get("proof")}), "form")
    gateway, inclusion, leaf = document["proof"]["gateway"], document["proof"]["inclusion"], sha(fields)
    if (payer := document.get("payer", fields)) is not fields:
        must(fits(PAYER, payer), "form of the payer")
        must(sha(payer).hex() == fields["payer_hash"][2:], "payer")
    check_arithmetic(fields)
    must(under(leaf, gateway), "path to the batch")
    domain = {"name": "Far InferencePayment", "version": "1", "chainId": gateway["chain_id"],
              "verifyingContract": gateway["contract"]}
    root = bytes.fromhex(gateway["root"][2:])
    batch = [("bytes32 root", root), ("uint32 count", gateway["count"]), ("uint64 signedAt", gateway["signed_at"])]
    signed_by(gateway["signer"], gateway["signature"], domain, "ReceiptBatch", batch)
    must(len(fields["nodes"]) == len(document["proof"]["nodes"]) > 0, "nodes and their statements")
    for node, proof in zip(fields["nodes"], document["proof"]["nodes"]):
        check_node(fields["task_id"], node, proof)
    if inclusion is not None:
        must(under(leaf, inclusion), "path to the epoch")
        must(all(inclusion[key] == gateway[key] for key in ("chain_id", "contract")), "settled elsewhere")
    if rpc is not None:
        check_chain(rpc, gateway, inclusion)

def verdict(text, rpc):
    try:
        verify(json.loads(text), rpc)
        return "ok"
    except Exception as error:  # Whatever is wrong with a file, it is not a valid receipt.
        return f"failed: {error}"

if __name__ == "__main__":
    url, files = (sys.argv[2], sys.argv[3:]) if sys.argv[1:2] == ["--rpc"] else (None, sys.argv[1:])
    verdicts = [verdict(text, url) for text in ([open(name, encoding="utf-8").read() for name in files] or sys.stdin)]
    print("\n".join(verdicts))
    sys.exit(0 if set(verdicts) == {"ok"} else 1)
