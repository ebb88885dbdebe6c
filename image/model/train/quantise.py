"""writes a committed encoder anew with its matrices in another type, to compare types.

the matrices are read as they are stored (q8_0), so a finer type than that shows no gain here.
"""

import argparse
import shutil
from pathlib import Path

import gguf

KINDS = ["f32", "f16", "q8_0", "q5_1", "q5_0", "q4_1", "q4_0"]


def quantise(source, target, kind):
    """copies the gguf file `source` to `target`, matrices of blocks in `kind`; vectors stay f32."""
    reader = gguf.GGUFReader(source)
    architecture = reader.fields["general.architecture"].contents()
    writer = gguf.GGUFWriter(target, architecture)
    for field in reader.fields.values():
        if field.name.startswith("GGUF.") or field.name == "general.architecture":
            continue
        kinds = field.types
        value = field.contents()
        if kinds[0] == gguf.GGUFValueType.ARRAY:
            writer.add_array(field.name, value)
        else:
            writer.add_key_value(field.name, value, kinds[0])
    wanted = gguf.GGMLQuantizationType[kind.upper()]
    for tensor in reader.tensors:
        data = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
        matrix = tensor.tensor_type == gguf.GGMLQuantizationType.Q8_0
        if matrix and wanted != gguf.GGMLQuantizationType.F32:
            writer.add_tensor(tensor.name, gguf.quants.quantize(data, wanted), raw_dtype=wanted)
        else:
            writer.add_tensor(tensor.name, data)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, required=True, help="folder of a model's three files")
    parser.add_argument("--kind", choices=KINDS, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    for name in ["decoder.safetensors", "model.json"]:
        shutil.copyfile(args.weights / name, args.out / name)
    quantise(args.weights / "encoder.gguf", args.out / "encoder.gguf", args.kind)


if __name__ == "__main__":
    main()
