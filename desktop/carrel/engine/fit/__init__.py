"""What a model takes and whether a machine has it: pure arithmetic, no process and no llama.cpp."""
