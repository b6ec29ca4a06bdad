# SPDX-License-Identifier: Apache-2.0
# usage: Rscript ranger.R TABLE SEED ANSWERS TIMES
# Cross-validates ranger, 100 trees and one thread, over the column fold of TABLE: ANSWERS gets the label of every row,
# in the order of the table, TIMES a line for each fold with the processor seconds to fit and to score.
arguments <- commandArgs(trailingOnly = TRUE)
table <- read.csv(arguments[1], check.names = FALSE, colClasses = c(label = "character"))
x <- table[, setdiff(names(table), c("fold", "label"))]
y <- factor(table$label)
seed <- as.integer(arguments[2])
answers <- character(nrow(table))
times <- NULL
seconds_of <- function(action) { # of one call: of many where one is too short for the clock
  start <- sum(proc.time()[1:2])
  for (calls in 1:1000) {
    action()
    spent <- sum(proc.time()[1:2]) - start
    if (spent >= 0.1) break
  }
  spent / calls
}
for (fold in sort(unique(table$fold))) {
  test <- table$fold == fold
  fit <- function() {
    ranger::ranger(x = x[!test, ], y = y[!test], num.trees = 100, num.threads = 1, oob.error = FALSE, seed = seed,
                   verbose = FALSE)
  }
  forest <- fit()
  score <- function() predict(forest, x[test, ], num.threads = 1, seed = seed, verbose = FALSE)$predictions
  answers[test] <- as.character(score())
  times <- rbind(times, c(seconds_of(fit), seconds_of(score)))
}
writeLines(answers, arguments[3])
write.table(times, arguments[4], sep = ",", row.names = FALSE, col.names = FALSE)
