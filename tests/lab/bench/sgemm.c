/* sgemm.c: the yardstick of the machine.  OpenBLAS computes the 16 products of matrices that a
   training step of the notebook's model needs (batch 32, both towers), and nothing else: no bias,
   no Adam.  Prints one line of CSV, as bench.c:

       cc -std=c99 -D_DEFAULT_SOURCE -O2 -fopenmp tests/lab/bench/sgemm.c -o build/sgemm -lopenblas
       sgemm THREADS                          1, or 2: a tower each */
#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

void openblas_set_num_threads(int threads);

enum { BATCH = 32, LAYERS = 3, ROUNDS = 7, STEPS = 500 };

static const int widths[2][LAYERS + 1] = {{16, 512, 256, 32}, {18, 512, 256, 32}};

typedef struct layer {
    int inputs, outputs;
    float *X, *W, *Y, *dX, *dW, *dY;
} layer;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static float *numbers(int rows, int cols)
{
    size_t n = (size_t)rows * (size_t)cols;
    float *p = malloc(n * sizeof *p);
    if (!p) exit(1);
    for (size_t i = 0; i < n; i++) p[i] = (float)(rand() % 2001 - 1000) / 1000;
    return p;
}

/* Y = X W, dW = X^T dY and, but for the first layer, dX = dY W^T, all row-major. */
static void products(const layer *l, int with_dX)
{
    const int batch = BATCH, in = l->inputs, out = l->outputs;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, batch, out, in, 1, l->X, in, l->W, out,
                0, l->Y, out);
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, in, out, batch, 1, l->X, in, l->dY, out, 0,
                l->dW, out);
    if (with_dX)
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, batch, in, out, 1, l->dY, out, l->W,
                    out, 0, l->dX, in);
}

int main(int argc, char **argv)
{
    const int threads = argc > 1 && atoi(argv[1]) == 2 ? 2 : 1;
    openblas_set_num_threads(1);
    static layer towers[2][LAYERS];
    for (int t = 0; t < 2; t++)
        for (int i = 0; i < LAYERS; i++) {
            const int in = widths[t][i], out = widths[t][i + 1];
            towers[t][i] = (layer){in,
                                   out,
                                   numbers(BATCH, in),
                                   numbers(in, out),
                                   numbers(BATCH, out),
                                   numbers(BATCH, in),
                                   numbers(in, out),
                                   numbers(BATCH, out)};
        }
    double least = 0;
    for (int round = 0; round < ROUNDS; round++) {
        double start = now();
#pragma omp parallel for num_threads(threads) schedule(static)
        for (int t = 0; t < 2; t++)
            for (int step = 0; step < STEPS; step++)
                for (int i = 0; i < LAYERS; i++) products(&towers[t][i], i > 0);
        double seconds = (now() - start) / STEPS;
        if (round == 0 || seconds < least) least = seconds;
    }
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("products,%d,%d,%.9f,%.1f\n", threads, BATCH, least, (double)usage.ru_maxrss / 1024);
    return 0;
}
