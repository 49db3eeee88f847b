/*
 * TA-Lib over a whole series, without Node's wrapper and its copying.
 *
 *   ta-lib-batch SERIES CANDLES ROUNDS < FUNCTIONS
 *
 * SERIES holds open, high, low, close and volume, CANDLES doubles of each. FUNCTIONS has a line each: a name, then option=value.
 * Prints, a line a round, nanoseconds per candle for all functions together.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ta_libc.h"

enum { FUNCTIONS_MOST = 200, OUTPUTS_MOST = 3 };

static double *series[5];
static double *real_outputs[OUTPUTS_MOST];
static int *whole_outputs[OUTPUTS_MOST];

static void check(TA_RetCode code, const char *what) {
  if (code == TA_SUCCESS) return;
  fprintf(stderr, "%s: TA-Lib answers %d\n", what, (int)code);
  exit(1);
}

static TA_ParamHolder *prepare(char *line) {
  const char *name = strtok(line, " \n");
  const TA_FuncHandle *handle;
  const TA_FuncInfo *info;
  TA_ParamHolder *params;
  check(TA_GetFuncHandle(name, &handle), name);
  check(TA_GetFuncInfo(handle, &info), name);
  check(TA_ParamHolderAlloc(handle, &params), name);
  for (unsigned at = 0; at < info->nbInput; at++) {
    const TA_InputParameterInfo *input;
    check(TA_GetInputParameterInfo(handle, at, &input), name);
    if (input->type == TA_Input_Price)
      check(TA_SetInputParamPricePtr(params, at, series[0], series[1], series[2], series[3], series[4], NULL), name);
    else
      check(TA_SetInputParamRealPtr(params, at, series[3]), name);
  }
  for (char *option = strtok(NULL, " \n"); option != NULL; option = strtok(NULL, " \n")) {
    char *value = strchr(option, '=');
    *value++ = 0;
    for (unsigned at = 0; at < info->nbOptInput; at++) {
      const TA_OptInputParameterInfo *known;
      check(TA_GetOptInputParameterInfo(handle, at, &known), name);
      if (strcmp(known->paramName, option) != 0) continue;
      if (known->type == TA_OptInput_RealRange || known->type == TA_OptInput_RealList)
        check(TA_SetOptInputParamReal(params, at, atof(value)), option);
      else
        check(TA_SetOptInputParamInteger(params, at, atoi(value)), option);
    }
  }
  for (unsigned at = 0; at < info->nbOutput; at++) {
    const TA_OutputParameterInfo *output;
    check(TA_GetOutputParameterInfo(handle, at, &output), name);
    if (output->type == TA_Output_Real)
      check(TA_SetOutputParamRealPtr(params, at, real_outputs[at]), name);
    else
      check(TA_SetOutputParamIntegerPtr(params, at, whole_outputs[at]), name);
  }
  return params;
}

int main(int count, char **words) {
  if (count != 4) return 2;
  const int candles = atoi(words[2]);
  FILE *file = fopen(words[1], "rb");
  if (file == NULL) return 2;
  for (int at = 0; at < 5; at++) {
    series[at] = malloc(sizeof(double) * candles);
    if (fread(series[at], sizeof(double), candles, file) != (size_t)candles) return 2;
  }
  fclose(file);
  for (int at = 0; at < OUTPUTS_MOST; at++) {
    real_outputs[at] = malloc(sizeof(double) * candles);
    whole_outputs[at] = malloc(sizeof(int) * candles);
  }
  check(TA_Initialize(), "TA_Initialize");
  TA_ParamHolder *functions[FUNCTIONS_MOST];
  int wanted = 0;
  char line[512];
  while (wanted < FUNCTIONS_MOST && fgets(line, sizeof line, stdin) != NULL) functions[wanted++] = prepare(line);
  for (int round = -2; round < atoi(words[3]); round++) {
    struct timespec from, to;
    TA_Integer first, made;
    clock_gettime(CLOCK_MONOTONIC, &from);
    for (int at = 0; at < wanted; at++) check(TA_CallFunc(functions[at], 0, candles - 1, &first, &made), "TA_CallFunc");
    clock_gettime(CLOCK_MONOTONIC, &to);
    const double ns = (to.tv_sec - from.tv_sec) * 1e9 + (to.tv_nsec - from.tv_nsec);
    if (round >= 0) printf("%.3f\n", ns / candles);
  }
  return 0;
}
