/** `--help`. */
export const help = `Far Labs node agent: serves the models of this machine to the network and earns for it. It dials out; no port is opened.

  node main.ts --network URL --token T [--engine URL …] [--model FILE.gguf …]

Examples
  # whatever OpenAI-compatible server runs on this machine (ports 8000, 30000, 11434, 1234, 8080)
  node main.ts --network https://api.example.org --token far_join_…
  # in front of any OpenAI-compatible server (vLLM, SGLang, llama.cpp, Ollama …)
  node main.ts --network https://api.example.org --token far_join_… --engine http://127.0.0.1:8000/v1
  # a model file, run in this process
  node main.ts --network http://127.0.0.1:8080 --token far_join_… --model far-mini.gguf --id far-mini
  # two servers, one with a key, and only one of their models under the network's name
  node main.ts --network … --token … --engine http://127.0.0.1:8000/v1 --engine https://gpu.example.org/v1 \\
    --engine-key none --engine-key sk-… --map meta-llama/Llama-2-70b-chat-hf=llama-70b

  --network URL         the network (http, https, ws, wss; unencrypted only to this machine)      FAR_NETWORK
  --token T             join token                                                                FAR_NODE_TOKEN
  --engine URL          base of an OpenAI-compatible server, ending in /v1; repeatable            FAR_ENGINE
  --engine-key K        its key, in the order of --engine ("none" for none)                       FAR_ENGINE_KEY
  --map NAME=ID         offer the server's model NAME as the network's ID; then only mapped ones
  --model FILE          a GGUF file to run here; repeatable                                       FAR_MODEL
  --id ID               its id on the network, in the order of --model (default: the file's name)
  --slots N             requests at once, for each server and file (default 4)
  --context N           context length in tokens, where the server or file should not decide
  --threads N           CPU threads for model files (default: cores − 1)
  --gpu KIND            auto, cuda, vulkan or metal: needs that build of node-llama-cpp
  --dir DIR             state folder with the node key (default ~/.far-node)                      FAR_NODE_DIR
  --owner 0x…           wallet that earns (default: the wallet of the token's account)            FAR_OWNER
  --country, --region   where the machine stands
  --bandwidth MBIT      of its line
  --hours TIMES         when to work: "22:00-07:00", "mon-fri 18:00-08:00"; repeatable (default: always)
  --time-zone ZONE      of the hours, for instance Europe/Oslo (default: this machine's)
  --power-cap W         most each GPU may draw, set by nvidia-smi while the agent runs (takes root)
  --allow-plain-engine  plain http to a server on a private address
  --verbose             more in the log
  --help

Ctrl-C drains: running answers end (30 s at most), then the agent stops; a second Ctrl-C stops at once.
Exit codes: 0 stopped, 1 failed, 2 wrong options, 3 turned away by the network.
`;
