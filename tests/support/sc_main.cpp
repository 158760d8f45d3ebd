// SystemC's library wants an sc_main to call from its own main, which is not the one used here. Weak, in case
// the test program has one already.
extern "C" int sc_main(int, char**);

extern "C" __attribute__((weak)) int sc_main(int, char**) {
  return 0;
}
