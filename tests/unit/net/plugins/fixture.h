/* What the test plug-ins show to the tests, through get_extension("fixture/1"). The table and the counters are static data
 * of the copy, so a test can look at them after the copy was taken down (its mapping stays). */
#ifndef KEYWAY_TEST_FIXTURE_H
#define KEYWAY_TEST_FIXTURE_H

#include "keyway/transport.h"

#define FIXTURE_EXTENSION "fixture/1"

typedef struct fixture {
  uint32_t size;
  uint32_t version;    /* FIXTURE_VERSION of the build */
  const kw_host* host; /* since init */
  int64_t contexts;    /* alive */
  int64_t connections; /* alive */
  int64_t inits, deinits, leaves, checks;
  /* What the last context_create was given: "name=value;" for each, in order, with "@origin" after file values. */
  char settings[4096];
  char purpose[64];
} fixture;

#endif
