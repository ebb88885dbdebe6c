# what llama.cpp's build leaves out for this program; read right after its `project()` line.
#
# the rust crate turns the `common` helpers on whatever features are asked for: an http server's
# parts, templates and argument parsing, several minutes and 14 MB that nothing here calls.
set(LLAMA_BUILD_COMMON OFF CACHE BOOL "" FORCE)

# what computes is in ggml, which keeps its -O3. the rest builds graphs and reads files: a third of
# the time to compile, and a smaller program.
cmake_language(DEFER CALL set_property TARGET llama APPEND PROPERTY COMPILE_OPTIONS -Os)
