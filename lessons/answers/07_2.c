// Exercise 2 of lesson 7: two epochs at once, or one, and another after saving and loading.
#include "answer.h"

// Of all weights and biases, as lesson 7 computes it: each float as four bytes, the lowest first.
static uint32_t checksum(const tt_two_tower *model)
{
    const tt_sequential *towers[] = {&model->user, &model->item};
    uint32_t crc = 0;
    for (size_t k = 0; k < 2 * (model->user.depth + model->item.depth); k++) {
        const tt_sequential *tower = towers[k / (2 * model->user.depth)];
        const tt_dense *layer = &tower->layers[k / 2 % tower->depth];
        tt_matrix numbers = k % 2 ? layer->bias : layer->weights;
        for (size_t i = 0; i < numbers.rows * numbers.cols; i++) {
            uint32_t bits;
            unsigned char bytes[4];
            memcpy(&bits, tt_matrix_at(numbers, i / numbers.cols, i % numbers.cols), sizeof bits);
            for (int b = 0; b < 4; b++) bytes[b] = (unsigned char)(bits >> 8 * b);
            crc = tt_crc32(crc, bytes, sizeof bytes);
        }
    }
    return crc;
}

int main(int argc, char **argv)
{
    static const char path[] = "answer_07_2.safetensors";
    answer my = answer_open(argc, argv);
    answer_train(&my, 2);
    uint32_t at_once = checksum(&my.model);
    tt_two_tower_free(&my.model);

    answer_train(&my, 1);
    tt_error error = tt_save(&my.model, path, &my.run);
    tt_two_tower_free(&my.model);
    if (!error) error = tt_load(&my.model, path, &my.run);
    remove(path);
    ml_must(error, &my.run.why);
    tt_fit_options once_more = {.epochs = 1};
    ml_must(tt_fit(&my.model, &my.inputs.train, &once_more, &my.run), &my.run.why);
    uint32_t in_two = checksum(&my.model);

    printf("Expected: small towers, 2 epochs at once:       %08lx\n"
           "Expected: 1 epoch, saved, loaded, and 1 more:  %08lx\n",
           (unsigned long)at_once, (unsigned long)in_two);
    answer_check(at_once == in_two, "training goes on as if nothing had happened");
    answer_check(my.model.epochs == 2, "the file knows the number of epochs");
    return answer_close(&my);
}
